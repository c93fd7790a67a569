/** The fields of `nops <pid>`, gops's first. */

import type { InfoResult } from '@nops/core/protocol/results';
import { formatAge, formatBytes, formatMillis, formatNumber, formatShare } from '@nops/core/units/format';
import { howToGetAgent } from '../target/found.js';
import { describeCgroupCpu, describeCgroupMemory, isCgroupTight } from './cgroup.js';
import type { Field } from './fields.js';
import type { Output } from './output.js';

export function infoFields(result: InfoResult, { colors }: Output): Field[] {
  const tight = isCgroupTight(result.cgroup);
  return [
    ['pid', String(result.pid)],
    ['name', result.name ?? undefined],
    ['parent pid', result.ppid === null ? undefined : String(result.ppid)],
    ['node', describeNode(result)],
    ['command', result.command.map(quote).join(' ')],
    ['node options', describeFlags(result)],
    ['folder', result.cwd ?? undefined],
    ['username', result.user ?? (result.uid === null ? undefined : `uid ${result.uid}`)],
    ['service', result.service ?? undefined],
    ['started', result.startedAt],
    ['elapsed', result.elapsedSeconds === null ? undefined : formatAge(result.elapsedSeconds)],
    ['threads', result.usage === null ? undefined : String(result.usage.threads)],
    ['memory', describeMemory(result)],
    ['cpu', describeCpu(result)],
    ['event loop', describeLoop(result)],
    ['handles', describeHandles(result)],
    ['heap', describeHeap(result)],
    ['cgroup cpu', describeCgroupCpu(result.cgroup), tight.cpu ? colors.bad : undefined],
    ['cgroup memory', describeCgroupMemory(result.cgroup), tight.memory ? colors.bad : undefined],
    ['agent', result.agent ?? `none; ${howToGetAgent}`],
    ['profiling', describeProfiling(result)],
    ['socket', result.socketPath ?? undefined],
    ['pprof', result.url ?? undefined],
  ];
}

function describeNode({ node, v8 }: InfoResult): string {
  return `${node ?? 'version unknown'}${v8 === null ? '' : ` (V8 ${v8})`}`;
}

function describeFlags({ flags }: InfoResult): string | undefined {
  if (flags === null) return undefined;
  const parts = [
    flags.execArgv === null ? 'hidden by process.title' : flags.execArgv.map(quote).join(' '),
    flags.nodeOptions === null ? '' : `NODE_OPTIONS=${quote(flags.nodeOptions)}`,
  ].filter(part => part !== '');
  return parts.length === 0 ? 'none' : parts.join(' and ');
}

function describeMemory({ usage }: InfoResult): string | undefined {
  if (usage === null) return undefined;
  const share = usage.memoryPercent === null ? '' : `, ${usage.memoryPercent.toFixed(1)} % of the machine's`;
  return `${formatBytes(usage.rssBytes)} resident${share}`;
}

function describeCpu({ usage }: InfoResult): string | undefined {
  if (usage === null) return undefined;
  const since = `${usage.cpuPercentSinceStart.toFixed(1)} % since the start (${formatMillis(usage.cpuSeconds * 1000)})`;
  if (usage.cpuPercent === null || usage.measuredSeconds === null) return since;
  return `${since}, ${usage.cpuPercent.toFixed(1)} % over ${formatNumber(usage.measuredSeconds)} s`;
}

function describeLoop({ pulse, stats }: InfoResult): string | undefined {
  const loop = stats?.loop ?? null;
  if (loop !== null) {
    const { delayP50Ms, delayP99Ms, delayMaxMs, utilization } = loop;
    return `delay p50 ${formatMillis(delayP50Ms)}, p99 ${formatMillis(delayP99Ms)}, max ${formatMillis(delayMaxMs)}; busy ${formatShare(utilization)}`;
  }
  if (pulse === null) return undefined;
  return pulse.loopDelayMs === null ? 'does not come round' : `came round in ${formatMillis(pulse.loopDelayMs)}`;
}

function describeHandles({ pulse }: InfoResult): string | undefined {
  if (pulse?.activeHandles == null) return undefined;
  return `${pulse.activeHandles} active, ${pulse.activeRequests ?? '?'} requests to the system`;
}

function describeHeap({ pulse }: InfoResult): string | undefined {
  if (pulse?.heap == null) return undefined;
  const { usedBytes, totalBytes, limitBytes } = pulse.heap;
  return `${formatBytes(usedBytes)} used of ${formatBytes(totalBytes)}, limit ${formatBytes(limitBytes)}`;
}

/** Only what somebody asked for: on demand is the default. */
function describeProfiling({ profiling }: InfoResult): string | undefined {
  if (profiling?.mode !== 'warm') return undefined;
  const { isOn, hz, cpuPercent, budgetPercent, heldSeconds, heldBytes, events } = profiling;
  const held = `the last ${formatMillis(heldSeconds * 1000)} held in ${formatBytes(heldBytes)}`;
  const cost = cpuPercent === null ? '' : `, ${cpuPercent.toFixed(2)} % of a core of ${budgetPercent} % allowed`;
  return isOn ? `all the time at ${hz} Hz${cost}; ${held}` : `${events.at(-1)?.what ?? 'not begun yet'}; ${held}`;
}

/** As a shell would take it. */
function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
