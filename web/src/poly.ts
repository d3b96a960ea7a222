// What Chromium 83 to 92 lack and Vue, Element Plus or we use.
type Any = any // eslint-disable-line
const O = Object as Any
if (!O.hasOwn) O.hasOwn = (o: object, k: PropertyKey) => Object.prototype.hasOwnProperty.call(o, k)
for (const P of [Array.prototype, String.prototype] as Any[])
    if (!P.at)
        Object.defineProperty(P, 'at', { writable: true, configurable: true, value(this: Any, i: number) { return this[i < 0 ? this.length + i : i] } })
const S = String.prototype as Any
if (!S.replaceAll)
    S.replaceAll = function (from: string, to: string) { return this.split(from).join(to) }
const E = Element.prototype as Any
if (!E.replaceChildren)
    E.replaceChildren = function (...nodes: Node[]) { this.textContent = ''; this.append(...nodes) }
const W = window as Any
if (!W.structuredClone) W.structuredClone = (v: unknown) => JSON.parse(JSON.stringify(v))
if (!W.queueMicrotask) W.queueMicrotask = (f: () => void) => Promise.resolve().then(f)
export {}
