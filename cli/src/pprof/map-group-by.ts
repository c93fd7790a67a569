/** `Map.groupBy` (ES2024) for Node 20, which does not have it; flamebearer calls it. To be loaded before. */

export function provideGroupBy(): void {
  if (typeof Reflect.get(Map, 'groupBy') === 'function') return;
  const groupBy = <Item, Key>(items: Iterable<Item>, keyOf: (item: Item, index: number) => Key): Map<Key, Item[]> => {
    const groups = new Map<Key, Item[]>();
    let index = 0;
    for (const item of items) {
      const key = keyOf(item, index++);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
    return groups;
  };
  Object.defineProperty(Map, 'groupBy', { value: groupBy, configurable: true, writable: true });
}
