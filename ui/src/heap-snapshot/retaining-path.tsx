/** What keeps an object alive: the shortest way from it to the root, each step the object that refers to the one before. */

import { formatBytes, formatCount } from '@nops/core/units/format';
import { path } from './answers.js';

export function RetainingPath() {
  const { value } = path;
  if (value === undefined) return null;
  const { id, answer } = value;
  if (answer === undefined) return <p>The object @{id} is not in this snapshot.</p>;
  const { object, steps, leftOut, leftOutAfter } = answer;
  return (
    <section class="path" aria-label="What keeps it alive">
      <h3>
        What keeps <bdi>{object.name}</bdi> @{object.id} alive
      </h3>
      {steps === undefined && <p>Nothing but weak references: it can be collected.</p>}
      <ol>
        {steps?.map(({ reference, object: { id: by, name, retained } }, i) => (
          // Steps have no other identity: a name may come twice.
          <li key={`${i}-${by}`}>
            {leftOut > 0 && i === leftOutAfter && <p class="place">… {formatCount(leftOut)} more of such steps …</p>}
            <bdi class="reference">{reference}</bdi> in <bdi class="name">{name}</bdi>{' '}
            <span class="place">
              @{by}, keeps {formatBytes(retained)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
