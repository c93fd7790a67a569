/** Reports on profiles of a C++ program (test/fixtures/pprof/burn.cpp), as `go tool pprof` writes them. */

import { test } from 'node:test';
import { assertAllSame, fixture, fixtures } from './go-compare.js';
import { skip } from './go-tool.js';

const cpp = fixture('cpp-cpu.pb.gz');
const cppBase = fixture('cpp-cpu-2.pb.gz');

const cppCases: Record<string, string[][]> = {
  reports: [
    ['-top', cpp],
    ['-tree', cpp],
    ['-tree', '-lines', '-nodecount=20', cpp],
    ['-peek=store::', cpp],
    ['-traces', cpp],
    ['-tags', cpp],
    ['-raw', cpp],
    ['-dot', cpp],
    ['-list=fibonacci|mix', '-source_path', fixtures, cpp],
  ],
  granularity: ['-lines', '-files', '-filefunctions', '-addresses', '-noinlines'].map(option => ['-top', option, cpp]),
  filters: [
    ['-top', '-focus=store::', cpp],
    ['-top', '-ignore=libm', cpp],
    ['-top', '-focus=libc\\.so', '-cum', cpp],
    ['-top', '-hide=^std::|__gnu_cxx', cpp],
    ['-top', '-show=\\(anonymous namespace\\)', cpp],
    ['-top', '-show_from=fill', cpp],
    ['-top', '-prune_from=fibonacci', cpp],
    ['-tree', '-focus=Index<', cpp],
  ],
  'merged and compared': [
    ['-top', cpp, cppBase],
    ['-top', `-diff_base=${cppBase}`, cpp],
    ['-top', `-base=${cppBase}`, '-normalize', cpp],
    ['-peek=.', `-diff_base=${cppBase}`, cpp],
    ['-traces', `-diff_base=${cppBase}`, cpp],
    ['-tags', `-diff_base=${cppBase}`, cpp],
  ],
};

for (const [what, commands] of Object.entries(cppCases)) {
  test(`profiles of a C++ program: ${what}`, { skip }, async t => {
    await assertAllSame(t, commands);
  });
}
