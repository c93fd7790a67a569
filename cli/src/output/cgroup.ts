/** The limits of a control group, in a line each. */

import type { CgroupFacts } from '@nops/core/protocol/info-parts';
import { formatBytes, formatMillis, formatShare } from '@nops/core/units/format';

/** `0.5 cores, held back in 12 of 400 periods (3.0 %), 1.2 s in all`; undefined when nothing is known. */
export function describeCgroupCpu(cgroup: CgroupFacts | null): string | undefined {
  if (cgroup?.cpu == null) return undefined;
  const { limitCores, periods, throttledPeriods, throttledMs } = cgroup.cpu;
  if (limitCores === null) return 'no limit';
  const limit = `${Number(limitCores.toFixed(2))} cores`;
  if (periods === null || throttledPeriods === null) return limit;
  if (throttledPeriods === 0) return `${limit}, never held back`;
  const time = throttledMs === null ? '' : `, ${formatMillis(throttledMs)} in all`;
  return `${limit}, held back in ${throttledPeriods} of ${periods} periods (${formatShare(throttledPeriods / periods)})${time}`;
}

/** `80 MB of 512 MB (15.6 %), 1 killed for it`; undefined when nothing is known. */
export function describeCgroupMemory(cgroup: CgroupFacts | null): string | undefined {
  if (cgroup?.memory == null) return undefined;
  const { limitBytes, currentBytes, oomKills } = cgroup.memory;
  const used = currentBytes === null ? 'unknown' : formatBytes(currentBytes);
  const kills = (oomKills ?? 0) === 0 ? '' : `, ${oomKills} killed for want of it`;
  if (limitBytes === null) return `${used} used by the group, no limit${kills}`;
  const share = currentBytes === null ? '' : ` (${formatShare(currentBytes / limitBytes)})`;
  return `${used} used by the group of ${formatBytes(limitBytes)}${share}${kills}`;
}

/** True when the group is near its memory limit or was held back often: worth a colour. */
export function isCgroupTight(cgroup: CgroupFacts | null): { cpu: boolean; memory: boolean } {
  const { cpu, memory } = cgroup ?? { cpu: null, memory: null };
  const held = cpu?.periods ? (cpu.throttledPeriods ?? 0) / cpu.periods : 0;
  const used = memory?.limitBytes ? (memory.currentBytes ?? 0) / memory.limitBytes : 0;
  return { cpu: held > 0.05, memory: used > 0.9 || (memory?.oomKills ?? 0) > 0 };
}
