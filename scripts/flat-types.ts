import { join } from 'node:path';
import * as ts from 'typescript';

/** A type expression over what a module exports, and the name under which its text is wanted. */
export interface WantedType {
  readonly name: string;
  readonly type: string;
}

/**
 * Types of a module as plain TypeScript that needs no import: objects, unions, arrays and literals, however they were inferred. A type that was
 * wanted before under a plain name is named, not repeated. Throws when a type cannot be written like that.
 */
export function flatTypes(root: string, module: string, wanted: readonly WantedType[]): Map<string, string> {
  const aliases = wanted.map(({ type }, i) => `export type T${i} = Show<${type}>;`);
  const names = [...new Set(wanted.map(({ type }) => /^\w+/.exec(type)?.[0] ?? ''))];
  const text = `import type { ${names.join(', ')} } from '${module}';\ntype Show<T> = T;\n${aliases.join('\n')}\n`;
  const path = join(root, 'libs/flat-types.ts');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [path] }, ts.sys, root);
  const base = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...base,
    fileExists: (file) => file === path || base.fileExists(file),
    readFile: (file) => (file === path ? text : base.readFile(file)),
    getSourceFile: (file, ...rest) =>
      file === path ? ts.createSourceFile(path, text, ts.ScriptTarget.Latest) : base.getSourceFile(file, ...rest),
  };
  const program = ts.createProgram([path], { ...options, noUnusedLocals: false }, host);
  const file = program.getSourceFile(path);
  if (!file) throw new Error('the types cannot be read');
  const problems = program.getSemanticDiagnostics(file);
  if (problems.length > 0)
    throw new Error(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n'));
  const printer = new Printer(program.getTypeChecker());
  const printed = new Map<string, string>();
  for (const statement of file.statements) {
    const index = ts.isTypeAliasDeclaration(statement) ? Number(/^T(\d+)$/.exec(statement.name.text)?.[1] ?? -1) : -1;
    const one = wanted[index];
    if (!one || !ts.isTypeAliasDeclaration(statement)) continue;
    printed.set(one.name, printer.named(one.name, program.getTypeChecker().getTypeAtLocation(statement.name)));
  }
  return printed;
}

/** Writes types out in full. */
class Printer {
  private readonly names = new Map<string, string>();

  constructor(private readonly checker: ts.TypeChecker) {}

  /** The text of a type; from now on it is called by its name, if that is a plain one. */
  named(name: string, type: ts.Type): string {
    const text = this.body(type);
    if (/^\w+$/.test(name) && /[{|]/.test(text) && !this.names.has(text)) this.names.set(text, name);
    return text;
  }

  private print(type: ts.Type): string {
    const text = this.body(type);
    return this.names.get(text) ?? text;
  }

  private body(type: ts.Type): string {
    const { checker } = this;
    if (type.flags & (ts.TypeFlags.Boolean | ts.TypeFlags.BooleanLiteral)) return checker.typeToString(type);
    if (type.isUnion()) return this.union(type);
    if (type.isIntersection()) return this.object(type);
    if (type.isStringLiteral()) return JSON.stringify(type.value);
    const simple =
      ts.TypeFlags.String |
      ts.TypeFlags.Number |
      ts.TypeFlags.Unknown |
      ts.TypeFlags.Null |
      ts.TypeFlags.Undefined |
      ts.TypeFlags.Never |
      ts.TypeFlags.NumberLiteral;
    if (type.flags & simple) return checker.typeToString(type);
    if (checker.isArrayType(type)) {
      const [element] = checker.getTypeArguments(type as ts.TypeReference);
      if (element) return `${type.symbol.name === 'ReadonlyArray' ? 'readonly ' : ''}(${this.print(element)})[]`;
    }
    if (type.flags & ts.TypeFlags.Object && checker.getSignaturesOfType(type, ts.SignatureKind.Call).length === 0) return this.object(type);
    throw new Error(`this type cannot be written without imports: ${checker.typeToString(type)}`);
  }

  private withoutUndefined(type: ts.Type): ts.Type {
    const isNull = (member: ts.Type) => (member.flags & ts.TypeFlags.Null) !== 0;
    // The checker only takes both away together.
    return type.isUnion() && !type.types.some(isNull) ? this.checker.getNonNullableType(type) : type;
  }

  private union(type: ts.UnionType): string {
    const isBoolean = (member: ts.Type) => (member.flags & ts.TypeFlags.BooleanLiteral) !== 0;
    const booleans = type.types.filter(isBoolean);
    const members = type.types.filter((member) => !isBoolean(member)).map((member) => this.print(member));
    const both = booleans.length === 2 ? ['boolean'] : booleans.map((member) => this.checker.typeToString(member));
    return [...new Set([...members, ...both])].join(' | ');
  }

  private object(type: ts.Type): string {
    const { checker } = this;
    const members = checker.getPropertiesOfType(type).map((property) => {
      const optional = property.flags & ts.SymbolFlags.Optional ? '?' : '';
      const readonly = property.declarations?.some((one) => ts.getCombinedModifierFlags(one) & ts.ModifierFlags.Readonly)
        ? 'readonly '
        : '';
      const text = this.print(optional ? this.withoutUndefined(checker.getTypeOfSymbol(property)) : checker.getTypeOfSymbol(property));
      return `${readonly}${property.name}${optional}: ${text}${optional ? ' | undefined' : ''};`;
    });
    const index = checker
      .getIndexInfosOfType(type)
      .map(({ keyType, type: value }) => `[key: ${checker.typeToString(keyType)}]: ${this.print(value)};`);
    return `{ ${[...members, ...index].join(' ')} }`;
  }
}
