/**
 * Who is kept when more connect than there is room for. A connection that has shown nothing yet holds one of a few places, and gives it up for a
 * newcomer. A client with a token sends it in its first bytes, so the first to be closed are connections that had time to send data and sent too
 * little. Many connections can be accepted before any of them is read: those are closed next. Last come those that have sent a whole request or
 * TLS hello.
 */

export interface Connection {
  readonly bytesRead: number;
}

export interface Room {
  /** Connections that have not shown who they are. */
  unproven: number;
  /** All together. */
  total: number;
}

/** A request with a token and a TLS hello are both longer than this. */
const leastRequestBytes = 100;

export class Places<Key> {
  /** In the order of their coming. */
  readonly #unproven = new Map<Key, Connection>();
  readonly #proven = new Set<Key>();
  /** Unproven connections accepted so recently that nothing can have been read from them yet. */
  readonly #fresh = new Set<Key>();

  get size(): number {
    return this.#unproven.size + this.#proven.size;
  }

  /** Lets `key` in; gives those that have to go for it, itself when there is no room at all. */
  enter(key: Key, connection: Connection, room: Room): Key[] {
    const gone: Key[] = [];
    const limit = Math.min(room.unproven, room.total - this.#proven.size);
    while (this.#unproven.size > 0 && this.#unproven.size >= limit) gone.push(this.#leaveOne());
    if (limit <= 0) return [...gone, key];
    this.#unproven.set(key, connection);
    this.#fresh.add(key);
    afterRead(() => this.#fresh.delete(key));
    return gone;
  }

  /** From now on `key` is nobody's to displace. */
  prove(key: Key): void {
    if (this.#unproven.delete(key)) this.#proven.add(key);
  }

  isUnproven(key: Key): boolean {
    return this.#unproven.has(key);
  }

  leave(key: Key): void {
    this.#unproven.delete(key);
    this.#proven.delete(key);
  }

  #leaveOne(): Key {
    const all = [...this.#unproven];
    const silent = all.filter(([, { bytesRead }]) => bytesRead < leastRequestBytes);
    const [key] = silent.find(([silentKey]) => !this.#fresh.has(silentKey)) ?? silent[0] ?? all[0] ?? [];
    if (key === undefined) throw new Error('nobody is there to go');
    this.#unproven.delete(key);
    return key;
  }
}

/** Calls `then` after the event loop's next poll phase, in which what has arrived is read: the second setImmediate runs after it. */
function afterRead(then: () => void): void {
  setImmediate(() => setImmediate(then));
}
