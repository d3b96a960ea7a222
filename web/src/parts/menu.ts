// A menu under a button: it shuts when one goes elsewhere, and by Esc, which leads back to its button.
export const leaves = (event: FocusEvent) => !(event.currentTarget as HTMLElement).contains(event.relatedTarget as Node | null)

/** Shuts the menu that `at` is in; whatever opens next finds its way back to the button. */
export function menuButton(at: Element | null): void {
    const menu = at?.closest('.case-menu, .act-more, .drop')
    menu?.querySelector<HTMLElement>('summary, button')?.focus()
    if (menu instanceof HTMLDetailsElement) menu.open = false
}
