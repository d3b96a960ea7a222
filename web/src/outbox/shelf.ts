// What this browser keeps until the server has it: letters, and the photographs that belong to them. IndexedDB: a tab that is closed, a phone that is switched off lose none of it.
const NAME = 'zhenwu-outbox'
const SHELVES = ['letters', 'files'] as const
export type ShelfName = typeof SHELVES[number]

let opening: Promise<IDBDatabase> | null = null
function open(): Promise<IDBDatabase> {
    return opening ??= new Promise<IDBDatabase>((done, fail) => {
        const asked = indexedDB.open(NAME, 1)
        asked.onupgradeneeded = () => SHELVES.forEach(name => asked.result.createObjectStore(name, { keyPath: 'id' }))
        asked.onsuccess = () => done(asked.result)
        asked.onerror = () => fail(asked.error)
    }).catch(error => {
        opening = null
        throw error
    })
}
async function ask<T>(shelf: ShelfName, mode: IDBTransactionMode, what: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const base = await open()
    return new Promise((done, fail) => {
        const doing = base.transaction(shelf, mode), asked = what(doing.objectStore(shelf))
        doing.oncomplete = () => done(asked.result) // kept is what has been written, not what was taken in
        doing.onerror = doing.onabort = () => fail(doing.error)
    })
}

export interface Shelf<T extends { id: string }> {
    all(): Promise<T[]>
    get(id: string): Promise<T | undefined>
    put(one: T): Promise<unknown>
    drop(id: string): Promise<unknown>
}
export const shelf = <T extends { id: string }>(name: ShelfName): Shelf<T> => ({
    all: () => ask<T[]>(name, 'readonly', s => s.getAll()),
    get: id => ask<T | undefined>(name, 'readonly', s => s.get(id)),
    put: one => ask(name, 'readwrite', s => s.put(one)),
    drop: id => ask(name, 'readwrite', s => s.delete(id)),
})
