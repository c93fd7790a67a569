/** How much may be asked for, by the command line and by programs; the agent's endpoints have the same bounds. */

export const statsSeconds = { min: 1, max: 60, fallback: 1 };
export const poolsSeconds = { min: 1, max: 60, fallback: 1 };
export const infoSeconds = { min: 0.1, max: 60 };
export const setgcSeconds = { min: 0, max: 60, fallback: 0 };
export const topSeconds = { min: 1, max: 3600, fallback: 5 };
export const topRate = { min: 1, max: 1000, fallback: 100 };
/** Each stop takes a fraction of a millisecond: more of them would slow the process down. */
export const stoppingTopRate = { ...topRate, max: 100 };
/** Seconds of every recording of a profile. */
export const recordSeconds = { min: 1, max: 300, fallback: 5 };
export const cpuHz = { min: 1, max: 1000, fallback: 100 };
/** How far back a profile of the past may begin: as long as an agent may be told to keep it. */
export const lastSeconds = { min: 1, max: 3600 };
export const traceSeconds = { min: 1, max: 60, fallback: 10 };
export const traceHz = { min: 0, max: 1000, fallback: 100 };
/** As long as an agent's flight recorder keeps, in seconds. */
export const traceLast = { min: 1, max: 60 };
