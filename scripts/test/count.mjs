// Counts leaf tests from the runner's events: a suite, and a test with subtests, stand for what is in them.

/**
 * The part of an event that matters here.
 * @typedef {{ name: string, nesting: number, file?: string, skip?: string | boolean, todo?: string | boolean,
 *   details: { type?: string, error?: { failureType?: string } } }} Outcome
 */

/** @param {string[]} files the files that were run: the runner reports one without tests as a test of the file's name. */
export function createCounter(files) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  /** How deep the previous outcome of a file was: children are told before their parent. @type {Map<string, number>} */
  const depths = new Map();

  /** Whether this outcome closes a group. @param {Outcome} test */
  function isGroup(test) {
    const file = test.file ?? '';
    const previous = depths.get(file) ?? -1;
    depths.set(file, test.nesting);
    return test.details.type === 'suite' || previous > test.nesting;
  }

  /** @param {Outcome} test */
  function isSkipped(test) {
    return (test.skip !== undefined && test.skip !== false) || (test.todo !== undefined && test.todo !== false);
  }

  return {
    /** @param {Outcome} test */
    pass(test) {
      const group = isGroup(test);
      if (isSkipped(test)) counts.skipped++;
      else if (group) return;
      else if (files.includes(test.name)) {
        counts.failed++;
        console.error(`test: ${test.name} contains no test`);
      } else counts.passed++;
    },
    /** @param {Outcome} test */
    fail(test) {
      const group = isGroup(test);
      if (isSkipped(test)) counts.skipped++;
      // A group that only repeats its tests' failure is not another one; a hook that fails is.
      else if (!(group && test.details.error?.failureType === 'subtestsFailed')) counts.failed++;
    },
    counts: () => ({ ...counts }),
  };
}
