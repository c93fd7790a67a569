// Which files may look at files by path with node:fs, as data. `check-files.mjs` holds the packages to it: every other one goes through
// probe/src/beside/open-foreign.ts, since the path may be another process's, and lead to a FIFO, a device, or a server that never answers.

/** What takes a path and opens it, or asks the file system about it. */
export const asksByPath = new Set(
  `access accessSync copyFile copyFileSync cp cpSync createReadStream exists existsSync lstat lstatSync open openAsBlob openSync opendir
  opendirSync promises readFile readFileSync readdir readdirSync realpath realpathSync stat statSync`.split(/\s+/),
);

/** @type {{ because: string, files: string[] }[]} a name that ends with a slash is a folder */
export const fileRules = [
  {
    because: 'they are the functions that all others call',
    files: ['probe/src/beside/connect-socket.ts', 'probe/src/beside/open-foreign.ts'],
  },
  {
    because: 'the files are the kernel’s own, in /proc and /sys, and their names are not from a process',
    files: [
      'agent/src/main/place.ts',
      'agent/src/worker/engine/spending.ts',
      'agent/src/worker/engine/worker-sampler.ts',
      'agent/src/worker/process-facts.ts',
      'agent/src/attach.ts',
      'probe/src/beside/access.ts',
      'probe/src/beside/async/read-async.ts',
      'probe/src/beside/cgroup.ts',
      'probe/src/beside/clock.ts',
      'probe/src/beside/fd-holders.ts',
      'probe/src/beside/fds.ts',
      'probe/src/beside/listens-on.ts',
      'probe/src/beside/machine.ts',
      'probe/src/beside/memory.ts',
      'probe/src/beside/mounts.ts',
      'probe/src/beside/other-ends.ts',
      'probe/src/beside/own-descriptors.ts',
      'probe/src/beside/peek.ts',
      'probe/src/beside/procfs.ts',
      'probe/src/beside/slow-mounts.ts',
      'probe/src/beside/socket-tables.ts',
      'probe/src/beside/stack/thread-clock.ts',
      'probe/src/beside/target-memory.ts',
      'probe/src/beside/usage.ts',
      'probe/src/through/',
    ],
  },
  {
    because: 'the files are the system’s, nops’s own, or in a folder that belongs to our user alone',
    files: [
      'agent/src/main/heap-limit.ts',
      'agent/src/main/private-folder.ts',
      'agent/src/oom/export.ts',
      'agent/src/oom/files.ts',
      'agent/src/version.ts',
      'agent/src/worker/trace/record-run.ts',
      'cli/src/attach/inject.ts',
      'cli/src/doctor/folders.ts',
      'cli/src/doctor/tools.ts',
      'cli/src/run-child/clinic.ts',
      'cli/src/run-child/collect.ts',
      'cli/src/run-child/end-through-agents.ts',
      'cli/src/run-child/left-folders.ts',
      'cli/src/run-child/preload.ts',
      'cli/src/ui-server/assets.ts',
      'cli/src/ui-server/library.ts',
      'cli/src/ui-server/offline.ts',
      'cli/src/version.ts',
      'probe/src/beside/stale-announcements.ts',
      'probe/src/beside/users.ts',
      'probe/src/beside/v8/facts-cache.ts',
    ],
  },
  {
    because: 'the user names the file on the command line: it may be a FIFO, as in nops pprof <(curl …)',
    files: [
      'cli/src/commands/ui.ts',
      'cli/src/output/write-file.ts',
      'cli/src/pprof/read-bytes.ts',
      'cli/src/pprof/save-profile.ts',
      'cli/src/pprof/sources.ts',
      'cli/src/run-child/profiled.ts',
      'cli/src/trace/open.ts',
      'cli/src/ui-server/read-file.ts',
    ],
  },
];
