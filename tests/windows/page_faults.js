// What is wrong with the text of a page, as a person at the screen would see it: {clipped, outside, overlapping, foreign}.
(language) => {
  const found = { clipped: new Set(), outside: new Set(), overlapping: new Set(), foreign: new Set() };
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 60);
  const styles = new Map();
  const styleOf = (one) => styles.get(one) ?? (styles.set(one, getComputedStyle(one)), styles.get(one));
  const isShown = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  const isForReaders = (one) => one.closest(".visually-hidden, [aria-hidden=true] .visually-hidden, .maplibregl-canvas-container") !== null;
  const isTold = (one) => one.closest("[title]") !== null;
  const opaque = (one) => { const color = styleOf(one).backgroundColor; return color !== "transparent" && !/, 0(\.[0-4]\d*)?\)$/.test(color); };

  // How much of a rectangle is left by what stands around it; null when it is scrolled away.
  function cut(element, rect) {
    let [left, right, top, bottom] = [rect.left, rect.right, rect.top, rect.bottom];
    let clipped = false, scrolls = false;
    for (let one = element; one && one !== document.documentElement; one = one.parentElement) {
      const style = styleOf(one), box = one.getBoundingClientRect();
      const hides = style.overflowX !== "visible" || style.overflowY !== "visible";
      if (hides && one !== document.body) {
        const rolls = /auto|scroll/.test(style.overflowX + style.overflowY);
        if (rect.right <= box.left || rect.left >= box.right || rect.bottom <= box.top || rect.top >= box.bottom) return null;
        if (rolls) scrolls = true;
        else if (!scrolls && (rect.right > box.right + 1.5 || rect.left < box.left - 1.5 || rect.bottom > box.bottom + rect.height * 0.3 || rect.top < box.top - rect.height * 0.3)) clipped = true;
        left = Math.max(left, box.left); right = Math.min(right, box.right); top = Math.max(top, box.top); bottom = Math.min(bottom, box.bottom);
      }
      if (style.position === "fixed") break;
    }
    return { left, right, top, bottom, clipped, scrolls };
  }

  const words = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element || /^(SCRIPT|STYLE|NOSCRIPT|OPTION)$/.test(element.tagName) || !isShown(element) || isForReaders(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = short(node.data);
    let seen = false;
    for (const rect of range.getClientRects()) {
      if (rect.width < 1 || rect.height < 1) continue;
      const part = cut(element, rect);
      if (!part) continue;
      seen = true;
      if (part.clipped && !isTold(element)) found.clipped.add(text);
      if (!part.scrolls && (part.right > innerWidth + 1.5 || part.left < -1.5) && !isTold(element)) found.outside.add(text);
      words.push({ element, text, ...part });
    }
    if (seen && language === "zh-CN" && /[A-Za-z]{3,}[ ,]+[A-Za-z]{2,}[ ,]+[A-Za-z]{2,}/.test(node.data)) found.foreign.add(text);
    if (seen && language === "en" && /[\u4e00-\u9fff]/.test(node.data)) found.foreign.add(text);
  }
  for (const input of document.querySelectorAll("input:not([type=checkbox], [type=radio], [type=file], [type=range]), textarea")) {
    if (isShown(input) && input.tagName === "INPUT" && input.placeholder && !input.value && !isTold(input)) {
      const pen = document.createElement("canvas").getContext("2d");
      const style = styleOf(input);
      pen.font = style.font;
      if (pen.measureText(input.placeholder).width > input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) + 1) found.clipped.add(`placeholder ${short(input.placeholder)}`);
    }
  }

  // Two texts on the same spot, unless the upper one stands on a ground of its own.
  const isCovered = (under, x, y) => {
    for (const one of document.elementsFromPoint(x, y)) {
      if (one === under || one.contains(under)) return false;
      if (opaque(one)) return true;
    }
    return true;
  };
  words.sort((a, b) => a.left - b.left);
  for (let i = 0; i < words.length; i++) {
    for (let j = i + 1; j < words.length && words[j].left < words[i].right - 2; j++) {
      const [a, b] = [words[i], words[j]];
      if (a.element === b.element) continue;
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      if (wide < 3 || high < 0.5 * Math.min(a.bottom - a.top, b.bottom - b.top)) continue;
      const [x, y] = [Math.max(a.left, b.left) + wide / 2, Math.max(a.top, b.top) + high / 2];
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight || isCovered(a.element, x, y) || isCovered(b.element, x, y)) continue;
      found.overlapping.add(`${a.text} × ${b.text}`);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([kind, texts]) => [kind, [...texts].slice(0, 12)]));
}
