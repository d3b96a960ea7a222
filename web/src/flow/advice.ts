// The words of a step: plain text, and names in “”.
export interface Piece { text: string; name: string } // name: what stood in the quotes

export const advicePieces = (text: string): Piece[] => text.split(/(“[^”]+”)/).filter(Boolean).map(part => ({ text: part, name: /^“.+”$/.test(part) ? part.slice(1, -1) : '' }))
