// A photograph before it is sent: small enough for a village's line, and saying when and by whom it was taken.
const LONGEST = 1600 // pixels: a face or a meter can be read
const MOST = 250 * 1024
const QUALITIES = [0.82, 0.7, 0.58, 0.46]
const STAMP_SHARE = 36 // letters of the stamp: one in so many parts of the picture's height

/** The size it will have. */
export function fitted(width: number, height: number): [number, number] {
    const share = Math.min(1, LONGEST / Math.max(width, height))
    return [Math.round(width * share), Math.round(height * share)]
}

function stampDraw(pen: CanvasRenderingContext2D, width: number, height: number, stamp: string): void {
    const letter = Math.max(14, Math.round(height / STAMP_SHARE))
    pen.font = `${letter}px sans-serif`
    pen.textBaseline = 'bottom'
    pen.fillStyle = 'rgba(0, 0, 0, .5)'
    pen.fillRect(0, height - letter * 1.6, Math.min(width, pen.measureText(stamp).width + letter), letter * 1.6)
    pen.fillStyle = '#fff'
    pen.fillText(stamp, letter / 2, height - letter * 0.25, width - letter)
}

/** stamp: '' for a picture that was taken before, elsewhere. A picture that this browser cannot open goes as it is. */
export async function photoReady(file: File, stamp: string): Promise<Blob> {
    if (!/^image\/(jpeg|png|webp)$/.test(file.type) || (file.size <= MOST && !stamp)) return file
    const picture = new Image() // an element turns it as the camera was held; other ways of reading do not, in old browsers
    picture.src = URL.createObjectURL(file)
    try {
        await picture.decode()
        const made = await smaller(picture, stamp)
        return made && (stamp || made.size < file.size) ? made : file
    } catch {
        return file
    } finally { URL.revokeObjectURL(picture.src) }
}

async function smaller(picture: HTMLImageElement, stamp: string): Promise<Blob | null> {
    const canvas = document.createElement('canvas'), [width, height] = fitted(picture.naturalWidth, picture.naturalHeight)
    canvas.width = width
    canvas.height = height
    const pen = canvas.getContext('2d')!
    pen.fillStyle = '#fff' // behind what is transparent: JPEG would make it black
    pen.fillRect(0, 0, width, height)
    pen.drawImage(picture, 0, 0, width, height)
    if (stamp) stampDraw(pen, width, height, stamp)
    let best: Blob | null = null
    for (const quality of QUALITIES) {
        best = await new Promise<Blob | null>(done => canvas.toBlob(done, 'image/jpeg', quality))
        if (!best || best.size <= MOST) break
    }
    return best
}
