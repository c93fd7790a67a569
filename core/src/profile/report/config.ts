/** The options of a report, under Go's names and with Go's defaults. */

export type Granularity = 'functions' | 'filefunctions' | 'files' | 'lines' | 'addresses';

export const granularities: readonly Granularity[] = ['functions', 'filefunctions', 'files', 'lines', 'addresses'];

export const reports = [
  'top',
  'tree',
  'peek',
  'list',
  'traces',
  'tags',
  'comments',
  'raw',
  'dot',
  'svg',
  'proto',
  'csv',
  'collapsed',
  'markdown',
  'flame.html',
  'cpuprofile',
  'heapprofile',
  'speedscope',
  'firefox',
] as const;

export type ReportName = (typeof reports)[number];

/** Whether it is a drawing of a graph, which has labels and leaves out other nodes than tables do. */
export function isDrawn(report: ReportName): boolean {
  return report === 'dot' || report === 'svg';
}

/** Whether it is a whole profile, with everything that filters left. */
export function isWhole(report: ReportName): boolean {
  return ['proto', 'raw', 'flame.html', 'cpuprofile', 'heapprofile', 'speedscope', 'firefox'].includes(report);
}

export interface ReportConfig {
  /** '': as fine as the report is when nobody says, which is functions for most. */
  granularity: Granularity | '';
  /** Inlined calls count for the function that they were inlined into. */
  noinlines: boolean;
  /** Lines are told apart by their columns as well, and shown with them. */
  showcolumns: boolean;
  sort: 'flat' | 'cum';
  /** Most nodes; −1: as many as the report shows when nobody says. */
  nodecount: number;
  /** Nodes and edges with less than these fractions of the total are left out. */
  nodefraction: number;
  edgefraction: number;
  trim: boolean;
  drop_negative: boolean;
  /** A sample type, or its number; '' for the profile's default. */
  sample_index: string;
  mean: boolean;
  divide_by: number;
  /** `minimum`: the largest that shows the smallest value. */
  unit: string;
  relative_percentages: boolean;
  /** Tables without what stands above them but the totals. */
  compact_labels: boolean;
  /** Regular expressions; '' for none. */
  focus: string;
  ignore: string;
  hide: string;
  show: string;
  show_from: string;
  prune_from: string;
  tagfocus: string;
  tagignore: string;
  tagshow: string;
  taghide: string;
  /** Keys of labels, separated by commas. */
  tagroot: string;
  tagleaf: string;
  /** Folders with sources, and what is cut off their paths before; separated by colons. */
  source_path: string;
  trim_path: string;
  /** The lines that ran, also where a source map leads to others. */
  no_source_maps: boolean;
}

export const defaultConfig: ReportConfig = {
  granularity: '',
  noinlines: false,
  showcolumns: false,
  sort: 'flat',
  nodecount: -1,
  nodefraction: 0.005,
  edgefraction: 0.001,
  trim: true,
  drop_negative: false,
  sample_index: '',
  mean: false,
  divide_by: 1,
  unit: 'minimum',
  relative_percentages: false,
  compact_labels: false,
  focus: '',
  ignore: '',
  hide: '',
  show: '',
  show_from: '',
  prune_from: '',
  tagfocus: '',
  tagignore: '',
  tagshow: '',
  taghide: '',
  tagroot: '',
  tagleaf: '',
  source_path: '',
  trim_path: '',
  no_source_maps: false,
};
