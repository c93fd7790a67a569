/**
 * Who connects to an inspector's port while it is open, from the kernel's table of TCP sockets: proc_pid_net(5). A connection is seen from
 * both ends, and for a minute after its end (TIME_WAIT), but then no longer whose it was.
 *
 *   sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
 */

import { formatHost, portOf } from '../beside/addresses.js';
import { listenState, readTable, timeWaitState } from '../beside/socket-tables.js';

/** A TCP socket whose one end is the inspector's port. */
interface PortRow {
  /** Of the end that connected. */
  clientPort: number;
  /** This row is that end's, so its uid is the client's. */
  isClient: boolean;
  uid: number;
  /** 0: no process holds it any more, and its uid says nothing. */
  inode: number;
}

/** Somebody who connected, and was not us. */
export interface Visitor {
  clientPort: number;
  /** null: never seen while a process held it. */
  uid: number | null;
  /** Of its socket; 0 where it was never seen while a process held it. */
  inode: number;
}

/** What was seen of a port meanwhile. */
export interface Seen {
  /** Table name, line, and the `monotonicMs` right before the table was read; one for each socket. */
  rows: [table: string, line: string, readMs: number][];
  /** The ports of clients whose connections have ended; empty where the kernel does not tell. */
  clients: number[];
}

export interface Listener {
  port: number;
  host: string;
}

const tables = ['tcp', 'tcp6'] as const;
/** Of a connection that no process held when it was seen. */
const nobody = { uid: null, inode: 0 };
/** Two readings of one timer differ by a few of the kernel's ticks. */
const timerSlackMs = 50;
/** TCP_TIMEWAIT_LEN, include/net/tcp.h. */
const timeWaitMs = 60_000;
/** A connection that ended this long before the tables were read, or earlier, is old whatever its timer says. */
const timeWaitSlackMs = 2000;
/** include/net/tcp_states.h. */
const establishedState = 1;
/** The kernel's clock ticks in these tables: USER_HZ. */
const tickMs = 10;

export class PortWatch {
  readonly #pid: number;
  /** The tables as they were before the port was opened: the kernel still remembers earlier connections. */
  readonly #before: ReadonlyMap<string, string>;
  /** `monotonicMs` right after they were read. */
  readonly #beforeMs: number;
  readonly #oldListeners: ReadonlySet<string>;
  /** By key, the earlier connections with the port that is followed. */
  #oldConnections: ReadonlyMap<string, Row> = new Map();
  readonly #visitors = new Map<number, Visitor>();
  readonly #hosts = new Set<string>();
  #listener: Listener | undefined;

  /** To be made before the inspector is asked for. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#before = new Map(tables.map(table => [table, readTable(pid, table).text]));
    this.#beforeMs = monotonicMs();
    this.#oldListeners = new Set(this.#oldRows(listenMark).map(({ key }) => key));
  }

  /** Listeners that have come since. */
  newListeners(): (Listener & { inode: number })[] {
    return this.#listenersIn(this.#rows(listenMark)).filter(({ key }) => !this.#oldListeners.has(key));
  }

  #listenersIn(rows: readonly Row[]): (Listener & { key: string; inode: number })[] {
    return rows.flatMap(({ key, state, local, inode }) =>
      state === listenState ? [{ key, port: portOf(local), host: bareHost(local), inode }] : [],
    );
  }

  /** From now on who connects to it is noted. */
  follow(listener: Listener): void {
    this.#listener = listener;
    this.#oldConnections = new Map(this.#oldRows(portMark(listener.port)).map(row => [row.key, row]));
  }

  /** Looks once. `own`: the local ports of our own connections, all of them known. `seen`: what was seen meanwhile. */
  look(own: ReadonlySet<number>, seen: Seen = { rows: [], clients: [] }): void {
    const rows = seen.rows.map(([table, line, readMs]) => rowOf(table, line, readMs));
    for (const { key, host } of this.#listenersIn(rows)) if (!this.#oldListeners.has(key)) this.#hosts.add(host);
    for (const row of this.#connectionsIn([...rows, ...this.#rows(portMark(this.#listener?.port ?? 0))])) {
      if (own.has(row.clientPort)) continue;
      const isHeld = row.isClient && row.inode !== 0;
      if (!isHeld && this.#visitors.has(row.clientPort)) continue;
      const whose = isHeld ? { uid: row.uid, inode: row.inode } : nobody;
      this.#visitors.set(row.clientPort, { clientPort: row.clientPort, ...whose });
    }
    const old = new Set(
      [...this.#oldConnections.values()].flatMap(({ local, remote }) => [portOf(local), portOf(remote)]),
    );
    for (const clientPort of seen.clients) {
      if (!own.has(clientPort) && !old.has(clientPort) && !this.#visitors.has(clientPort))
        this.#visitors.set(clientPort, { clientPort, ...nobody });
    }
  }

  /** The addresses that the port was seen to listen on. */
  get hosts(): ReadonlySet<string> {
    return this.#hosts;
  }

  get visitors(): Visitor[] {
    return [...this.#visitors.values()];
  }

  #connectionsIn(rows: readonly Row[]): PortRow[] {
    if (this.#listener === undefined) return [];
    const { port, host } = this.#listener;
    const hosts = new Set([host, ...this.#hosts]);
    const isReachable = [...hosts].some(isAny);
    const isIts = (end: string) => portOf(end) === port && (isReachable || hosts.has(bareHost(end)));
    return rows.flatMap(row => {
      const { local, remote, state, uid, inode } = row;
      if (state === listenState || (!isIts(local) && !isIts(remote))) return [];
      if (this.#isOld(row)) return [];
      const isClient = isIts(remote);
      return [{ clientPort: portOf(isClient ? local : remote), isClient, uid, inode }];
    });
  }

  /** The rows that contain `mark`: a machine may have tens of thousands. */
  #rows(mark: string): Row[] {
    const readMs = monotonicMs();
    return tables.flatMap(table => rowsOf(table, readTable(this.#pid, table).text, mark, readMs));
  }

  #oldRows(mark: string): Row[] {
    return tables.flatMap(table => rowsOf(table, this.#before.get(table) ?? '', mark, this.#beforeMs));
  }

  /**
   * Whether it is a connection of before, which has ended or is about to. Between the same ports there may be another one since: it is
   * established, or its end began the kernel's timer anew.
   */
  #isOld({ key, state, endMs }: Row): boolean {
    const before = this.#oldConnections.get(key);
    if (before === undefined) return false;
    if (before.state !== timeWaitState) return state !== establishedState || before.state === establishedState;
    // The kernel's timer wheel fires a timer of a minute seconds late. Until then the table shows that no time is left.
    const beganMs = endMs - timeWaitMs;
    return (
      state === timeWaitState && (endMs <= before.endMs + timerSlackMs || beganMs < this.#beforeMs - timeWaitSlackMs)
    );
  }
}

/** CLOCK_MONOTONIC, which is the same in all processes. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** One line of a table. */
interface Row {
  /** The same for a socket as long as the kernel remembers it. */
  key: string;
  local: string;
  remote: string;
  state: number;
  uid: number;
  inode: number;
  /** The `monotonicMs` when its timer ends: in TIME_WAIT, when the kernel forgets it. */
  endMs: number;
}

/** Stands in the line of each socket that listens: listenState. */
const listenMark = ' 0A ';

/** Stands in the line of each socket that has the port at either end. */
export function portMark(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
}

function rowsOf(table: string, text: string, mark: string, readMs: number): Row[] {
  const rows: Row[] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at)) {
    const start = text.lastIndexOf('\n', at) + 1;
    const end = text.indexOf('\n', at);
    at = end < 0 ? text.length : end;
    rows.push(rowOf(table, text.slice(start, at), readMs));
  }
  return rows;
}

function rowOf(table: string, line: string, readMs: number): Row {
  const [, local = '', remote = '', state = '', , timer = '', , uid = '', , inode = ''] = line.trim().split(/ +/);
  return {
    key: `${table} ${local} ${remote}`,
    local,
    remote,
    state: Number.parseInt(state, 16),
    uid: Number(uid),
    inode: Number(inode),
    endMs: readMs + Number.parseInt(timer.slice(timer.indexOf(':') + 1), 16) * tickMs,
  };
}

function bareHost(end: string): string {
  return formatHost(end).replace(/^\[|\]$/g, '');
}

function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
