/** Go's SetLabel, RemoveLabel and FilterTagsByName: labels of all samples at once. */

import type { Matcher } from './match.js';
import { type Label, type Profile, sampleCount } from './model.js';
import { keepLabels } from './rewrite.js';

/** Every sample gets these texts under `key`, instead of those it has there; its numbers stay. */
export function setLabel(profile: Profile, key: string, texts: readonly string[]): Profile {
  return addLabels(
    removeLabel(profile, key),
    texts.map(text => ({ key, text })),
  );
}

/** Every sample gets these labels as well. */
export function addLabels(profile: Profile, added: readonly Label[]): Profile {
  const count = sampleCount(profile);
  const more = added.length;
  const labelStarts = profile.labelStarts.map((start, i) => start + i * more);
  const labelIds = new Uint32Array(profile.labelIds.length + count * more);
  for (let i = 0; i < count; i++) {
    const own = profile.labelIds.subarray(profile.labelStarts[i], profile.labelStarts[i + 1]);
    const start = labelStarts[i] ?? 0;
    labelIds.set(own, start);
    for (let k = 0; k < more; k++) labelIds[start + own.length + k] = profile.labels.length + k;
  }
  return { ...profile, labels: [...profile.labels, ...added], labelStarts, labelIds };
}

/** No sample has a text under `key` any more; numbers stay, as in Go. */
export function removeLabel(profile: Profile, key: string): Profile {
  return keepLabels(
    profile,
    profile.labels.map(label => label.key !== key || !('text' in label)),
  );
}

/** Only the labels whose key matches `show` and not `hide`; whether each of them matched any. */
export function filterTagsByName(
  profile: Profile,
  { show, hide }: { show?: Matcher | undefined; hide?: Matcher | undefined },
): { profile: Profile; matched: { show: boolean; hide: boolean } } {
  const used = new Set(profile.labelIds);
  const matched = { show: false, hide: false };
  const keep = profile.labels.map(({ key }, id) => {
    const shown = show?.test(key) ?? true;
    const hidden = hide?.test(key) ?? false;
    if (used.has(id)) {
      matched.show ||= shown;
      matched.hide ||= hidden;
    }
    return shown && !hidden;
  });
  return { profile: keepLabels(profile, keep), matched };
}
