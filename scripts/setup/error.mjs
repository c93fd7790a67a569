// An expected failure of the set-up: what happened (`message`) and what to do about it (`next`).

export class SetupError extends Error {
  /** @param {string} message @param {string} [next] */
  constructor(message, next) {
    super(message);
    this.name = 'SetupError';
    this.next = next;
  }
}
