/** The environment variables that nops reads, each here and nowhere else. */

export interface Environment {
  /** NOPS_DIR: a further folder in which agents announce themselves. */
  folder: string | undefined;
  /** NOPS_TOKEN: the token of an agent that listens on TCP; `--token` goes before it. */
  token: string | undefined;
  /** NO_COLOR (https://no-color.org) and FORCE_COLOR; undefined: let the terminal decide. */
  color: boolean | undefined;
  /** NOPS_ATTACH=0: no command but `attach` loads an agent into a process that has none. */
  attach: boolean;
  /** NOPS_SHARED_HOST=1, `--shared-host`: an inspector is opened also where other people's processes could connect to it. */
  sharedHost: boolean;
  /** PPROF_TMPDIR: where `nops pprof` keeps what it fetches; as Go's, but not kept without it. */
  savedProfiles: string | undefined;
  /** XDG_STATE_HOME: where `nops ui` keeps what it recorded. */
  stateHome: string | undefined;
}

export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  return {
    folder: nonEmpty(variables['NOPS_DIR']),
    token: nonEmpty(variables['NOPS_TOKEN']),
    attach: variables['NOPS_ATTACH'] !== '0',
    sharedHost: variables['NOPS_SHARED_HOST'] === '1',
    savedProfiles: nonEmpty(variables['PPROF_TMPDIR']),
    stateHome: nonEmpty(variables['XDG_STATE_HOME']),
    color: wantedColor(variables['NO_COLOR'], variables['FORCE_COLOR']),
  };
}

function wantedColor(no: string | undefined, force: string | undefined): boolean | undefined {
  if (nonEmpty(no) !== undefined) return false;
  if (force === undefined) return undefined;
  return force !== '0' && force !== 'false';
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** PATH: where programs are looked up. */
export function searchPath(variables: NodeJS.ProcessEnv): string {
  return variables['PATH'] ?? '';
}
