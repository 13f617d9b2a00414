import { readFileSync } from "node:fs";
import Ajv, { type ErrorObject, type ValidateFunction } from "ajv/dist/2020";
import { DOCUMENT } from "./document";

// What the API answers stands in its OpenAPI document, and a test's answers are to be such answers: whoever makes up a field,
// leaves one out or answers as no route does has a test that says nothing of the app.

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}
interface Route {
  pattern: RegExp;
  methods: Record<string, Operation>;
}

/** The header of an answer that is wrong on purpose. */
export const UNTRUE = "X-Untrue";
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

type Shape = Record<string, unknown> & {
  properties?: object;
  required?: string[];
  allOf?: Shape[];
  $ref?: string;
};

/**
 * Names of fields that no schema knows are refused: the document leaves that open for what comes later, a test need not.
 * What is all of several shapes is one that has the fields of them all.
 */
function closed(part: unknown, known: Record<string, object>): unknown {
  if (Array.isArray(part)) return part.map((each) => closed(each, known));
  if (typeof part !== "object" || part === null) return part;
  const whole = joined(part as Shape, known);
  const made = Object.fromEntries(Object.entries(whole).map(([name, value]) => [name, closed(value, known)]));
  return "properties" in made && !("additionalProperties" in made)
    ? { ...made, additionalProperties: false }
    : made;
}

function joined({ allOf, ...rest }: Shape, known: Record<string, object>): Shape {
  if (allOf === undefined) return rest;
  const parts = allOf.map((each) => (each.$ref ? (known[each.$ref.replace(/^.*\//, "")] as Shape) : each));
  return {
    ...rest,
    type: "object",
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required = [] }) => required),
  };
}

class Contract {
  readonly #routes: Route[];
  readonly #schemas: Record<string, object>;
  // Ids are words here, which a person can read; whether they are UUIDs is the server's matter.
  readonly #ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { uuid: true, "date-time": TIME, date: DAY },
  });
  readonly #known = new Map<object, ValidateFunction>();

  constructor({ paths, components }: Document) {
    this.#schemas = components.schemas;
    this.#ajv.addSchema({ $id: "doc", components: { schemas: closed(this.#schemas, this.#schemas) } });
    this.#routes = Object.entries(paths)
      // What is named stands before what is a parameter.
      .sort(([a], [b]) => a.split("{").length - b.split("{").length)
      .map(([path, methods]) => ({
        pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`),
        methods,
      }));
  }

  /** What an answer says that the document does not; nothing where it is one of the API's. */
  async departures(request: Request, response: Response): Promise<string[]> {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/api/v1/") || response.headers.has(UNTRUE)) return [];
    const asked = `${request.method} ${pathname} ${response.status}`;
    const route = this.#routes.find(
      ({ pattern, methods }) => pattern.test(pathname) && request.method.toLowerCase() in methods,
    );
    const operation = route?.methods[request.method.toLowerCase()];
    if (operation === undefined) return [`${asked}: there is no such route`];
    const told =
      operation.responses[response.status] ?? (response.ok ? undefined : operation.responses.default);
    if (told === undefined) return [`${asked}: that status is not among its answers`];
    const schema = told.content?.["application/json"]?.schema;
    if (schema === undefined || !response.headers.get("Content-Type")?.includes("json")) return [];
    const judge = this.#judge(schema);
    return judge(await response.json())
      ? []
      : (judge.errors ?? []).map((error) => `${asked}: ${words(error)}`);
  }

  #judge(schema: object): ValidateFunction {
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    // References are to the one document, which is compiled as far as somebody asks.
    const text = JSON.stringify(closed(schema, this.#schemas)).replaceAll(
      '"#/components',
      '"doc#/components',
    );
    const judge = this.#ajv.compile(JSON.parse(text));
    this.#known.set(schema, judge);
    return judge;
  }
}

const words = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath === "" ? "it" : instancePath} ${message} ${JSON.stringify(params)}`;

export const contract = new Contract(JSON.parse(readFileSync(DOCUMENT, "utf8")) as Document);
