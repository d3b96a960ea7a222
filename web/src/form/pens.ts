// Signatures on their way: what is written on a pad and not yet taken. A page that is sent takes them along, so that no ink is lost for want of a click.
/** Takes what the pad holds; false: it could not, and has said why. */
export type Pen = () => Promise<boolean>
const pens = new Set<Pen>()

export const penOpen = (pen: Pen): void => { pens.add(pen) }
export const penClose = (pen: Pen): void => { pens.delete(pen) }
/** Before a form is looked at. false: something written could not be taken, and the form must wait. */
export async function pensDown(): Promise<boolean> {
    for (const pen of [...pens]) if (!(await pen())) return false
    return true
}
