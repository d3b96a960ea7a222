// Works: what a line of work needs beside its ledgers. One door on the server; each kind has its page.
import { ref } from 'vue'
import { get, post, query } from '../api'

export interface Work { name: string; english: string; kind: string; note: string; line: string; policy: string; acts: string[] }
export const works = ref<Work[]>([])
export async function worksLoad(): Promise<void> {
    works.value = (await get<{ items: Work[] }>('/api/works')).items
}
export const workOf = (name: string) => works.value.find(w => w.name === name || w.english === name)
const path = (work: string) => `/api/works/${encodeURIComponent(work)}`
export const workShow = <T>(work: string, asked: Record<string, string | undefined> = {}) => get<T>(path(work) + query(asked))
export const workTry = <T>(work: string, act: string, asked: object) => post<T>(`${path(work)}/try`, { act, ...asked })
export const workAct = <T>(work: string, act: string, asked: object) => post<T>(`${path(work)}/acts`, { act, ...asked })
