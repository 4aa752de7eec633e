// What the browser keeps for us, as JSON; only in memory where the page may not keep anything.
export class Store {
  /** @param {string} server @param {() => Storage} find may throw: merely naming localStorage does, where it is denied */
  constructor(server, find) {
    Object.assign(this, { prefix: `ms-navigator-chat ${server} `, memory: {}, kept: null });
    try {
      this.kept = find();
    } catch {
      // Denied.
    }
  }

  get(key) { return JSON.parse(this.memory[key] ?? this.kept?.getItem(this.prefix + key) ?? "null"); }

  set(key, value) {
    delete this.memory[key];
    try {
      this.kept.setItem(this.prefix + key, JSON.stringify(value));
    } catch {
      this.memory[key] = JSON.stringify(value); // Denied or full.
    }
  }

  remove(key) {
    delete this.memory[key];
    this.kept?.removeItem(this.prefix + key);
  }

  /** Return every value whose key begins so. */
  all(start) {
    const keys = Object.keys(this.kept ?? {}).filter((key) => key.startsWith(this.prefix));
    const names = new Set([...keys.map((key) => key.slice(this.prefix.length)), ...Object.keys(this.memory)]);
    return [...names].filter((key) => key.startsWith(start)).map((key) => this.get(key)).filter(Boolean);
  }
}
