import { afterEach, describe, expect, test } from 'vitest'
import { createApp, defineComponent, h, type App } from 'vue'
import { onSendKey } from './sendkey'

let app: App | undefined
afterEach(() => app?.unmount())
/** A form of these fields; says what was taken before it was sent. */
function form(...fields: { type: string; value: string }[]): { taken: string[]; sent: () => number; at: (n: number) => HTMLInputElement } {
    const taken: string[] = []
    let sent = 0
    const root = document.body.appendChild(document.createElement('div'))
    app = createApp(defineComponent(() => {
        onSendKey(() => { sent++ })
        return () => fields.map(f => h('input', { ...f, onChange: (e: Event) => taken.push((e.target as HTMLInputElement).value) }))
    }))
    app.mount(root)
    return { taken, sent: () => sent, at: n => root.querySelectorAll('input')[n] }
}
const send = (at: HTMLElement) => {
    at.focus()
    at.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true }))
}

describe('Ctrl+Enter', () => {
    test('takes what is being typed, then sends', () => {
        const page = form({ type: 'text', value: '旗应急管理局' })
        send(page.at(0))
        expect([page.taken, page.sent()]).toEqual([['旗应急管理局'], 1])
    })
    test('chooses nothing: a choice that merely has the focus stays unchosen', () => {
        const page = form({ type: 'radio', value: '合格' }, { type: 'checkbox', value: '加急' })
        send(page.at(0))
        send(page.at(1))
        expect([page.taken, page.sent()]).toEqual([[], 2])
    })
})
