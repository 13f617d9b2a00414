// Draws the OpenAPI document. Text goes in as text, never as markup.

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const EXAMPLE_DEPTH_MAX = 6;

const byId = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const nameOf = (schema) => schema?.$ref?.split('/').pop();

function typeOf(schema) {
  if (!schema) return 'nothing';
  if (schema.$ref) return nameOf(schema);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) return choices.map(typeOf).join(' | ');
  if (schema.type === 'array') return `[${typeOf(schema.items)}]`;
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'anything');
  return schema.format ? `${type} (${schema.format})` : type;
}

// A body to start from: every field, with the plainest value that its type allows.
function example(schema, schemas, depth = 0) {
  if (!schema || depth > EXAMPLE_DEPTH_MAX) return null;
  if (schema.$ref) return example(schemas[nameOf(schema)], schemas, depth + 1);
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if (schema.examples) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) return example(choices[0], schemas, depth + 1);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, value]) => [
          key,
          example(value, schemas, depth + 1),
        ]),
      );
    case 'array':
      return [example(schema.items ?? schema.prefixItems?.[0], schemas, depth + 1)];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, (schema.exclusiveMinimum ?? 0) + 1);
    case 'boolean':
      return false;
    case 'string':
      if (schema.format === 'uuid') return '00000000-0000-0000-0000-000000000000';
      return schema.format === 'date-time' ? '2027-03-14T19:45:00Z' : 'text';
    default:
      return null;
  }
}

const jsonSchema = (content) => content?.['application/json']?.schema;

function who(operation) {
  const needs = operation.security ?? [];
  if (needs.length === 0) return 'anyone';
  return needs.some((one) => Object.keys(one).length === 0) ? 'token optional' : 'token needed';
}

function parametersForm(operation) {
  return (operation.parameters ?? [])
    .filter((parameter) => parameter.in !== 'cookie')
    .map((parameter) =>
      element(
        'label',
        {},
        `${parameter.name} (${parameter.in}, ${typeOf(parameter.schema)}${parameter.required ? ', required' : ''})`,
        element('input', {
          'data-in': parameter.in,
          'data-name': parameter.name,
          autocomplete: 'off',
          spellcheck: 'false',
        }),
      ),
    );
}

function requestOf(form, { method, path }) {
  const query = new URLSearchParams();
  const headers = { Accept: 'application/json' };
  let url = path;
  for (const input of form.querySelectorAll('[data-in]')) {
    const { in: place, name } = input.dataset;
    if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (input.value !== '' && place === 'query') query.set(name, input.value);
    else if (input.value !== '') headers[name] = input.value;
  }
  const token = byId('token').value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const body = form.querySelector('textarea')?.value;
  if (body) headers['Content-Type'] = 'application/json';
  const search = query.toString();
  return [search ? `${url}?${search}` : url, { method: method.toUpperCase(), headers, body }];
}

async function answerTo([url, init]) {
  try {
    const answer = await fetch(url, init);
    const text = await answer.text();
    const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    let shown = text;
    if ((answer.headers.get('content-type') ?? '').includes('json')) {
      const value = JSON.parse(text);
      if (value?.data?.token) byId('token').value = value.data.token;
      shown = JSON.stringify(value, null, 2);
    }
    return `${answer.status} ${answer.statusText}\n${headers}\n\n${shown}`;
  } catch (error) {
    return `No answer: ${error.message}`;
  }
}

function tryForm({ method, path, operation, schemas }) {
  const body = jsonSchema(operation.requestBody?.content);
  const form = element('form', {}, element('h3', {}, 'Try it'), ...parametersForm(operation));
  if (body) {
    const text = JSON.stringify(example(body, schemas), null, 2);
    const area = element('textarea', { rows: Math.min(16, text.split('\n').length + 1) });
    area.value = text;
    form.append(element('label', {}, `Body (${typeOf(body)})`, area));
  }
  const output = element('pre', { hidden: '', tabindex: '0', 'aria-label': 'Answer' });
  form.append(element('button', { type: 'submit' }, 'Send'), element('div', { role: 'status' }, output));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    output.hidden = false;
    output.textContent = 'Waiting …';
    output.textContent = await answerTo(requestOf(form, { method, path }));
  });
  return form;
}

function answersList(operation) {
  const items = Object.entries(operation.responses ?? {}).map(([status, answer]) => {
    const schema = jsonSchema(answer.content);
    const shape = schema ? ` (${typeOf(schema)})` : '';
    return element('li', {}, element('code', {}, status), ` ${answer.description ?? ''}${shape}`);
  });
  return element('ul', {}, ...items);
}

function drawOperation({ method, path, operation, schemas }) {
  const body = element('div', {});
  const shown = element(
    'details',
    { 'data-text': `${method} ${path} ${operation.summary ?? ''} ${operation.description ?? ''}`.toLowerCase() },
    element(
      'summary',
      {},
      element('span', { class: `method ${method}` }, method.toUpperCase()),
      element('span', { class: 'path' }, path),
      element('span', { class: 'what' }, operation.summary ?? ''),
      element('span', { class: 'who' }, who(operation)),
    ),
    body,
  );
  if (path === '/api/v1/auth/login') shown.id = 'signin';
  // Drawn when opened: most operations of a visit stay shut.
  shown.addEventListener(
    'toggle',
    () => {
      body.append(
        element('p', {}, operation.description ?? ''),
        element('h3', {}, 'Answers'),
        answersList(operation),
        tryForm({ method, path, operation, schemas }),
      );
    },
    { once: true },
  );
  return shown;
}

function drawSchema([name, schema]) {
  const rows = Object.entries(schema.properties ?? {}).map(([field, value]) => {
    const needed = (schema.required ?? []).includes(field) ? '' : '?';
    const why = value.description ? `  — ${value.description}` : '';
    return `${field}${needed}: ${typeOf(value)}${why}`;
  });
  return element(
    'details',
    { id: `schema-${name}` },
    element('summary', {}, element('span', { class: 'path' }, name)),
    element('div', {}, element('pre', { tabindex: '0' }, rows.length ? rows.join('\n') : typeOf(schema))),
  );
}

function draw(document_) {
  const schemas = document_.components?.schemas ?? {};
  const groups = new Map();
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const operation = item[method];
      const tag = operation.tags?.[0] ?? 'other';
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(drawOperation({ method, path, operation, schemas }));
    }
  }
  for (const [tag, operations] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
    byId('operations').append(
      element('section', { 'aria-label': tag }, element('h2', {}, tag), ...operations),
    );
  }
  byId('schemas').append(...Object.entries(schemas).sort().map(drawSchema));
  byId('summary').textContent =
    `${document_.info.summary ?? ''} Version ${document_.info.version}, ` +
    `${document.querySelectorAll('[data-text]').length} operations.`;
}

function filter() {
  const words = byId('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const operation of document.querySelectorAll('[data-text]')) {
    operation.hidden = !words.every((word) => operation.dataset.text.includes(word));
    if (!operation.hidden) found += 1;
  }
  for (const section of document.querySelectorAll('#operations section')) {
    section.hidden = !section.querySelector('[data-text]:not([hidden])');
  }
  byId('found').textContent = words.length ? `Operations that match: ${found}` : '';
}

function openSignIn() {
  if (location.hash === '#signin' && byId('signin')) byId('signin').open = true;
}

byId('filter').addEventListener('input', filter);
addEventListener('hashchange', openSignIn);

try {
  const answer = await fetch('/api/v1/openapi.json');
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  draw(await answer.json());
  // Somebody may have typed meanwhile.
  filter();
  openSignIn();
} catch (error) {
  byId('summary').textContent = `The document cannot be shown: ${error.message}. Reload to try again.`;
}
