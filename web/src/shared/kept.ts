import { ApiError } from "./api/errors";

// What must be there without a network: one table in IndexedDB. Keys of WebCrypto lie in it as they are, unreadable.

const NAME = "arenapulse";
const TABLE = "kept";
let opening: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opening ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }).catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

async function run<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  // Relaxed: written once the system has it, which outlives this page and its browser, not a battery that is torn out.
  const transaction = (await open()).transaction(TABLE, mode, { durability: "relaxed" });
  const request = work(transaction.objectStore(TABLE));
  return new Promise<T>((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

export const readKept = async <T>(key: string): Promise<T | undefined> =>
  (await run("readonly", (table) => table.get(key))) as T | undefined;

export const writeKept = async (key: string, value: unknown): Promise<void> => {
  await run("readwrite", (table) => table.put(value, key));
};

/** All of these in one go, or none. */
export const writeEachKept = async (
  ...rows: readonly [readonly [string, unknown], ...(readonly [string, unknown])[]]
): Promise<void> => {
  const [[key, value], ...others] = rows;
  await run("readwrite", (table) => {
    for (const [each, its] of others) table.put(its, each);
    return table.put(value, key);
  });
};

export const dropKept = async (key: string): Promise<void> => {
  await run("readwrite", (table) => table.delete(key));
};

export const dropEachKept = async (keys: readonly string[]): Promise<void> => {
  const [key, ...others] = keys;
  if (key === undefined) return;
  await run("readwrite", (table) => {
    for (const each of others) table.delete(each);
    return table.delete(key);
  });
};

/** Everything below a prefix, by its keys in order. */
export const readAllKept = async <T>(prefix: string): Promise<T[]> =>
  (await run("readonly", (table) => table.getAll(IDBKeyRange.bound(prefix, `${prefix}\uffff`)))) as T[];

export const dropAllKept = async (prefix: string): Promise<void> => {
  await run("readwrite", (table) => table.delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
};

/** What was read last, where no answer comes now; a refusal of the server ends it. */
export async function kept<T>(key: string, read: () => Promise<T>): Promise<T> {
  try {
    const value = await read();
    // A browser that stores nothing works as long as there is a network.
    await writeKept(key, value).catch(() => undefined);
    return value;
  } catch (error) {
    if (error instanceof ApiError && error.isUnclear) {
      const known = await readKept<T>(key).catch(() => undefined);
      if (known !== undefined) return known;
    } else {
      await dropKept(key).catch(() => undefined);
    }
    throw error;
  }
}
