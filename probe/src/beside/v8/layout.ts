/**
 * Where V8 keeps what, in an x86-64 build without pointer compression. Most offsets and instance types are constants that V8 itself
 * leaves in its executables for debuggers; what is missing there is data per version below. A version that is not in that table, a
 * constant that is missing or a build of another kind is refused: never a guess.
 */

import type { V8Binary } from './binary.js';
import { unknownLayout } from './locate.js';

/** What V8's constants lack, by version. Offsets are in bytes from the object's start. */
interface VersionData {
  /** major, minor of V8. */
  version: readonly [number, number];
  node: number;
  /** BytecodeArray::source_position_table (objects/bytecode-array.tq, .h). */
  bytecodePositions: number;
  /** JSFunction::code; null where a function holds a dispatch handle instead (13.x on: objects/js-function.tq). */
  functionCode: number | null;
  /** Code: deoptimization data, source positions (or baseline offsets), start, flags, size of the instructions (objects/code.h). */
  code: { deopt: number; positions: number; start: number; flags: number; size: number };
  /** ScopeInfo has its function's positions at fixed indices (12.8.44 on: objects/scope-info.tq). */
  scopeHasPositions: boolean;
  /** Code offsets in source position tables: zigzag whose sign says "expression", or shifted over two flags (14.x). */
  positionEncoding: 'zigzag' | 'flags';
  /**
   * Safepoint tables (codegen/safepoint-table.h): bytes before the entries, and bytes of an entry that its configuration does not tell.
   * The number of stack slots came first after 12.4; then Maglev got a table of its own (codegen/maglev-safepoint-table.h).
   */
  safepoints: { header: number; maglevHeader: number; maglevExtra: number };
  /** Offsets of the entry stub, for stripped builds: as read from the code of official builds. */
  entry: { rootBias: number; cEntryFp: number; jsEntrySp: number; nextExitFp: number };
}

// Measured on Node's official builds, and checked against the sources named above at these versions.
const versions: readonly VersionData[] = [
  {
    version: [11, 3],
    node: 20,
    bytecodePositions: 32,
    functionCode: 48,
    code: { deopt: 16, positions: 24, start: 40, flags: 48, size: 56 },
    scopeHasPositions: false,
    positionEncoding: 'zigzag',
    safepoints: { header: 8, maglevHeader: 8, maglevExtra: 0 },
    entry: { rootBias: 0x80, cEntryFp: 0x100, jsEntrySp: 0x120, nextExitFp: -64 },
  },
  {
    version: [12, 4],
    node: 22,
    bytecodePositions: 24,
    functionCode: 24,
    code: { deopt: 8, positions: 16, start: 40, flags: 48, size: 52 },
    scopeHasPositions: false,
    positionEncoding: 'zigzag',
    safepoints: { header: 8, maglevHeader: 8, maglevExtra: 0 },
    entry: { rootBias: 0x80, cEntryFp: 0x90, jsEntrySp: 0x128, nextExitFp: -64 },
  },
  {
    version: [13, 6],
    node: 24,
    bytecodePositions: 24,
    functionCode: null,
    code: { deopt: 8, positions: 16, start: 40, flags: 52, size: 56 },
    scopeHasPositions: true,
    positionEncoding: 'zigzag',
    safepoints: { header: 12, maglevHeader: 16, maglevExtra: 1 },
    entry: { rootBias: 0x80, cEntryFp: 0xc0, jsEntrySp: 0x158, nextExitFp: -64 },
  },
  {
    version: [14, 6],
    node: 26,
    bytecodePositions: 24,
    functionCode: null,
    code: { deopt: 8, positions: 16, start: 40, flags: 52, size: 56 },
    scopeHasPositions: true,
    positionEncoding: 'flags',
    safepoints: { header: 12, maglevHeader: 16, maglevExtra: 1 },
    entry: { rootBias: 0x80, cEntryFp: 0xc8, jsEntrySp: 0x160, nextExitFp: -64 },
  },
];

/** Reads constants by name; the names differ between versions in the type that ends them. */
class Constants {
  readonly #values: Record<string, number>;

  constructor(values: Record<string, number>) {
    this.#values = values;
  }

  /** The value of the first of these that is there, of its whole name or of its beginning up to the last `__`. */
  find(...names: string[]): number | undefined {
    for (const name of names) {
      const value = this.#values[name];
      if (value !== undefined) return value;
    }
    for (const name of names) {
      const key = Object.keys(this.#values).find(known => known.startsWith(`${name}__`));
      if (key !== undefined) return this.#values[key];
    }
    return undefined;
  }

  /** Like `find`. Throws `impossible` when there is none. */
  need(...names: string[]): number {
    const value = this.find(...names);
    if (value === undefined) throw unknownLayout(`V8's constant v8dbg_${names[0]} is missing`);
    return value;
  }

  /** The instance type of a class, as in `type_JSPromise__JS_PROMISE_TYPE`. */
  type(name: string): number {
    return this.need(`type_${name}`);
  }

  /** Names of all instance types by number. */
  typeNames(): Map<number, string> {
    const names = new Map<number, string>();
    for (const [key, value] of Object.entries(this.#values)) {
      if (!/^type_\w+$/.test(key) || !key.endsWith('_TYPE')) continue;
      // type_<name>__<constant>_TYPE
      const both = key.slice('type_'.length, -'_TYPE'.length);
      const at = both.indexOf('__', 1);
      if (at > 0 && at + 2 < both.length && !names.has(value)) names.set(value, both.slice(0, at));
    }
    return names;
  }

  /** Stack frame types by the marker in the frame: `Entry`, `Exit`, `Interpreted`... (execution/frames.h, STACK_FRAME_TYPE_LIST). */
  frameTypes(): Map<number, string> {
    const names = new Map<number, string>();
    for (const [key, value] of Object.entries(this.#values)) {
      const name = /^frametype_(\w+)Frame$/.exec(key)?.[1];
      if (name !== undefined) names.set(value, name);
    }
    return names;
  }
}

export type Layout = ReturnType<typeof layoutOf>;

/** The layout of this V8. Throws `impossible` with the check that failed. */
export function layoutOf(binary: V8Binary) {
  const [major, minor] = binary.version;
  const own = versions.find(({ version }) => version[0] === major && version[1] === minor);
  if (own === undefined) {
    const known = versions.map(({ version, node }) => `${version.join('.')} (Node ${node})`).join(', ');
    throw unknownLayout(`its V8 is ${binary.version.join('.')}, and nops knows the layout of ${known}`);
  }
  const constants = new Constants(binary.constants);
  requireConstant(constants, 'TaggedSize', 8, 'it is built with pointer compression');
  requireConstant(constants, 'SystemPointerSize', 8, 'it is not a 64-bit build');
  requireConstant(constants, 'SmiShiftSize', 31, 'its small integers are laid out in another way');
  requireConstant(constants, 'HeapObjectTag', 1, 'its pointers are tagged in another way');
  const functionType = constants.type('JSFunction');
  return {
    constants,
    version: binary.version,
    positionEncoding: own.positionEncoding,
    safepoints: own.safepoints,
    entry: binary.entry ?? own.entry,
    map: {
      instanceType: constants.need('class_Map__instance_type'),
      sizeInWords: constants.need('class_Map__instance_size_in_words'),
      inObject: constants.need('class_Map__inobject_properties_start_or_constructor_function_index'),
      bitField2: constants.need('class_Map__bit_field2'),
      bitField3: constants.need('class_Map__bit_field3'),
      prototype: constants.need('class_Map__prototype'),
      constructorOrBack: constants.need('class_Map__constructor_or_back_pointer'),
      descriptors: constants.need('class_Map__instance_descriptors_offset'),
    },
    descriptorHeader: constants.need('class_DescriptorArray__header_size'),
    string: {
      length: constants.need('class_String__length'),
      chars: constants.need('class_SeqOneByteString__chars'),
      consFirst: constants.need('class_ConsString__first'),
      consSecond: constants.need('class_ConsString__second'),
      thinActual: constants.need('class_ThinString__actual'),
      slicedParent: constants.need('class_SlicedString__parent'),
      slicedOffset: constants.need('class_SlicedString__offset'),
      externalResource: constants.need('class_ExternalString__resource'),
    },
    function: {
      shared: constants.need('class_JSFunction__shared__SharedFunctionInfo', 'class_JSFunction__shared'),
      context: constants.need('class_JSFunction__context'),
      code: own.functionCode,
      firstType: constants.find('FirstJSFunctionType') ?? functionType,
      // FIRST_ to LAST_JS_FUNCTION_TYPE, 16 wide on 11.3, which has no constant for it.
      lastType: constants.find('LastJSFunctionType') ?? functionType + 16,
    },
    shared: {
      // First field: function_data, or trusted_function_data and untrusted_function_data (objects/shared-function-info.tq).
      data: constants.find('class_SharedFunctionInfo__function_data') ?? 8,
      untrustedData: constants.find('class_SharedFunctionInfo__function_data') === undefined ? 16 : null,
      nameOrScope: constants.need('class_SharedFunctionInfo__name_or_scope_info'),
      script: constants.need('class_SharedFunctionInfo__script_or_debug_info', 'class_SharedFunctionInfo__script'),
      parameterCount: constants.need('class_SharedFunctionInfo__internal_formal_parameter_count'),
      flags: constants.need('class_SharedFunctionInfo__flags'),
    },
    scope: {
      firstVariable: constants.need('scopeinfo_idx_first_vars'),
      localCount: constants.need('scopeinfo_idx_ncontextlocals'),
      hasPositions: own.scopeHasPositions,
    },
    script: {
      source: constants.need('class_Script__source'),
      name: constants.need('class_Script__name'),
      // line_offset and column_offset follow the name (objects/script.tq); no constants.
      lineOffset: constants.need('class_Script__name') + 8,
      columnOffset: constants.need('class_Script__name') + 16,
      lineEnds: constants.need('class_Script__line_ends'),
    },
    bytecode: {
      length: 8,
      data: constants.need('class_BytecodeArray__data'),
      positions: own.bytecodePositions,
    },
    code: {
      ...own.code,
      kindMask: constants.need('CodeKindFieldMask'),
      baseline: constants.need('CodeKindBaseline'),
      // CODE_KIND_LIST, objects/code-kind.h.
      maglev: constants.need('CodeKindBaseline') + 1,
    },
    deopt: {
      inlinedCount: constants.need('DeoptimizationDataInlinedFunctionCountIndex'),
      literals: constants.need('DeoptimizationDataLiteralArrayIndex'),
      shared: constants.need(
        'DeoptimizationDataSharedFunctionInfoIndex',
        'DeoptimizationDataWrappedSharedFunctionInfoIndex',
      ),
      inliningPositions: constants.need('DeoptimizationDataInliningPositionsIndex'),
    },
    frame: {
      context: constants.need('off_fp_context'),
      function: constants.need('off_fp_function'),
      bytecodeArray: constants.need('off_fp_bytecode_array'),
      bytecodeOffset: constants.need('off_fp_bytecode_offset'),
      // The receiver is pushed last (kJSArgcIncludesReceiver, arguments in reverse: execution/frame-constants.h).
      receiver: 16,
      types: constants.frameTypes(),
    },
    types: {
      map: constants.type('Map'),
      firstNonstring: constants.need('FirstNonstringType'),
      script: constants.type('Script'),
      shared: constants.type('SharedFunctionInfo'),
      // Only some versions wrap it: trusted objects must not point to others.
      sharedWrapper: constants.find('type_SharedFunctionInfoWrapper'),
      scopeInfo: constants.type('ScopeInfo'),
      bytecodeArray: constants.type('BytecodeArray'),
      byteArray: constants.type('ByteArray'),
      trustedByteArray: constants.find('type_TrustedByteArray'),
      fixedArray: constants.type('FixedArray'),
      code: constants.type('Code'),
      instructionStream: constants.find('type_InstructionStream') ?? constants.type('Code'),
      debugInfo: constants.type('DebugInfo'),
      interpreterData: constants.type('InterpreterData'),
      heapNumber: constants.type('HeapNumber'),
      names: constants.typeNames(),
    },
  };
}

function requireConstant(constants: Constants, name: string, value: number, otherwise: string): void {
  const actual = constants.need(name);
  if (actual !== value) throw unknownLayout(`${otherwise} (v8dbg_${name} is ${actual})`);
}
