// Completion in the editor of rules, and writing into it, over the CodeMirror that NiceGUI brings.
window.weisuRules = {
  async complete(id, table, name) {
    const CM = await import("nicegui-codemirror");
    const component = getElement(id);
    if (!component.editor) await component.editorPromise;
    component.editor.contentDOM.setAttribute("aria-label", name);
    const source = (context) => {
      const line = context.state.doc.lineAt(context.pos);
      const before = line.text.slice(0, context.pos - line.from);
      const word = context.matchBefore(/[\w.-]*/);
      if (before.trimStart().startsWith("#") || (!context.explicit && word.from === word.to)) return null;
      const options = window.weisuRules.options(before, table);
      return options.length ? { from: word.from, options, validFor: /^[\w.-]*$/ } : null;
    };
    const ours = CM.EditorState.languageData.of(() => [{ autocomplete: source }]);
    component.editor.dispatch({ effects: CM.StateEffect.appendConfig.of(ours) });
  },
  // What may follow the text of a line: names within a condition, the values of the key that is open, or else keys.
  options(before, table) {
    const expression = new RegExp(`\\b(${table.expressions.join("|")})\\s*:\\s*["']?[^"']*$`);
    if (expression.test(before)) return table.facts;
    const open = before.match(/([\w-]+)\s*:\s*(\[[^\]]*)?[\w-]*$/);
    return open ? table.values[open[1]] || [] : table.keys;
  },
  insert(id, text) {
    const editor = getElement(id).editor;
    editor.dispatch(editor.state.replaceSelection(text), { scrollIntoView: true });
    editor.focus();
  },
  async mark(id, lines) {
    const component = getElement(id);
    if (!component.editor) await component.editorPromise;
    const there = lines.filter((line) => line <= component.editor.state.doc.lines);
    component.setDecorations(there.map((line) => ({ kind: "line", line, class: "wrong-line" })));
  },
  show(id, number) {
    const editor = getElement(id).editor;
    const line = editor.state.doc.line(Math.min(Math.max(number, 1), editor.state.doc.lines));
    editor.dispatch({ selection: { anchor: line.to }, scrollIntoView: true });
    editor.focus();
  },
};
