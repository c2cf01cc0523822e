// What of the renderer this page uses; the file itself is compressed and is not checked.

export type Rendered = object;
export function html(strings: TemplateStringsArray, ...values: unknown[]): Rendered;
export function svg(strings: TemplateStringsArray, ...values: unknown[]): Rendered;
export const nothing: unique symbol;
export function render(value: unknown, container: HTMLElement): unknown;
export function repeat<T>(items: Iterable<T>, key: (item: T, index: number) => unknown, view: (item: T, index: number) => unknown): unknown;
export function live(value: unknown): unknown;
