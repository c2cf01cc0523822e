// What is measured of a page as it stands. Every function returns what is wrong, each in a line of text.
(() => {
  const TEXT = 4.5;
  const LARGE_TEXT = 3;
  const SHAPE = 3;
  const TARGET_PX = 24;
  const OUTLINE_PX = 2;
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";

  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const ink = canvas.getContext("2d", { willReadFrequently: true });

  const known = new Map();

  // Any colour that CSS can write, as the browser itself paints it: red, green, blue, and how much of it, 0 to 1.
  function painted(colour) {
    if (!known.has(colour)) known.set(colour, paint(colour));
    return known.get(colour);
  }

  function paint(colour) {
    ink.clearRect(0, 0, 1, 1);
    ink.fillStyle = colour;
    ink.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = ink.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }

  const over = ([r, g, b, a], [red, green, blue]) => [r * a + red * (1 - a), g * a + green * (1 - a), b * a + blue * (1 - a), 1];

  function luminance(colour) {
    const [red, green, blue] = colour.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function ratio(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  // What lies behind the content of an element; null where a picture does.
  function ground(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;
      const colour = painted(style.backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), paint("Canvas"));
  }

  const shown = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const off = (element) => element.closest(":disabled, [aria-disabled=true], [aria-hidden=true]") !== null;
  const called = (element) => {
    const words = (element.getAttribute("aria-label") || element.textContent || element.getAttribute("name") || "").trim();
    return `${element.tagName.toLowerCase()}${element.id && `#${element.id}`}.${[...element.classList].join(".")} "${words.slice(0, 30)}"`;
  };
  const once = (lines) => [...new Set(lines)];
  const rounded = (number) => number.toFixed(2);

  function* texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (node.data.trim() && shown(element) && !off(element) && !element.closest("script, style, noscript, option")) yield element;
    }
  }

  function contrast() {
    const wrong = [];
    const held = (element, what, colour, behind, least) => {
      if (behind === null) return;
      const found = ratio(over(painted(colour), behind), behind);
      if (found < least - 0.005) wrong.push(`${what} of ${called(element)} has ${rounded(found)}:1, less than ${least}:1`);
    };
    for (const element of new Set(texts())) {
      const { color, fill, fontSize, fontWeight } = getComputedStyle(element);
      const [size, bold] = [parseFloat(fontSize), Number(fontWeight) >= 700];
      const least = size >= 24 || (bold && size >= 18.66) ? LARGE_TEXT : TEXT;
      held(element, "text", element.closest("svg") ? fill : color, ground(element), least);
    }
    for (const element of document.querySelectorAll("input, textarea")) {
      if (!element.placeholder || element.value || !shown(element)) continue;
      held(element, "placeholder", getComputedStyle(element, "::placeholder").color, ground(element), TEXT);
    }
    for (const element of document.querySelectorAll("button, input, select, textarea")) {
      if (!shown(element) || off(element) || ["checkbox", "radio", "range"].includes(element.type)) continue;
      const { borderBottomColor, borderBottomStyle, borderBottomWidth, backgroundColor } = getComputedStyle(element);
      const [around, behind] = [ground(element.parentElement), ground(element)];
      if (around === null || behind === null || ratio(behind, around) >= SHAPE) continue;
      const lined = parseFloat(borderBottomWidth) > 0 && borderBottomStyle !== "none" && painted(borderBottomColor)[3] > 0;
      if (lined) held(element, "border", borderBottomColor, around, SHAPE);
      else if (element.tagName !== "BUTTON") wrong.push(`${called(element)} has no edge to be seen`);
    }
    return once(wrong);
  }

  // Of a list of a thousand the first of each kind of control stands for the others.
  function kinds() {
    const found = new Map();
    for (const element of document.querySelectorAll(CONTROLS)) {
      const kind = [element.tagName, element.className, element.closest("section, main, footer, header, form")?.className].join();
      if (!found.has(kind) && shown(element) && !element.matches(":disabled")) found.set(kind, element);
    }
    return found.values();
  }

  function outlines() {
    const wrong = [];
    const before = document.activeElement;
    for (const element of [...kinds()]) {
      element.focus({ preventScroll: true, focusVisible: true });
      if (document.activeElement !== element) continue;
      const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = getComputedStyle(element);
      if (outlineStyle === "none" || parseFloat(outlineWidth) < OUTLINE_PX) {
        wrong.push(`${called(element)} shows no outline when it has the focus`);
        continue;
      }
      const behind = ground(parseFloat(outlineOffset) < 0 ? element : element.parentElement);
      const found = behind && ratio(over(paint(outlineStyle === "auto" ? "Highlight" : outlineColor), behind), behind);
      if (found && found < SHAPE) wrong.push(`the outline of ${called(element)} has ${rounded(found)}:1, less than ${SHAPE}:1`);
    }
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    return once(wrong);
  }

  function targets() {
    const wrong = [];
    for (const element of document.querySelectorAll(CONTROLS)) {
      if (!shown(element) || off(element)) continue;
      const line = element.parentElement.textContent.trim().length > element.textContent.trim().length;
      // A link within a sentence is as high as its line (WCAG 2.2, 2.5.8).
      if (element.tagName === "A" && getComputedStyle(element).display === "inline" && line) continue;
      const boxes = [element, ...(element.labels ?? [])].map((one) => one.getBoundingClientRect());
      const [width, height] = ["width", "height"].map((side) => Math.max(...boxes.map((box) => box[side])));
      if (Math.min(width, height) < TARGET_PX - 0.5) wrong.push(`${called(element)} is ${rounded(width)} by ${rounded(height)} px`);
    }
    return once(wrong);
  }

  function sideways(width) {
    const { scrollWidth } = document.documentElement;
    if (scrollWidth <= width) return [];
    const wide = [...document.body.querySelectorAll("*")].filter((one) => shown(one) && one.getBoundingClientRect().right > width + 1);
    return [`${scrollWidth} px wide in a window of ${width}: ${wide.slice(-3).map(called).join(", ")}`];
  }

  function inside(selector) {
    const element = [...document.querySelectorAll(selector)].find(shown);
    if (!element) return [`${selector} is not shown`];
    const { top, bottom, left, right, height } = element.getBoundingClientRect();
    const whole = bottom <= innerHeight + 1 || (height > innerHeight * 0.6 && top <= innerHeight * 0.4);
    if (top < -1 || left < -1 || !whole) return [`${selector} lies from ${rounded(top)} to ${rounded(bottom)} of ${innerHeight} px`];
    const hit = document.elementFromPoint((left + right) / 2, top + Math.min(height, innerHeight - top) / 2);
    const covered = hit && !element.contains(hit) && !hit.contains(element);
    return covered ? [`${selector} is covered by ${called(hit)}`] : [];
  }

  // The same reading of names that its rules use; tables and landmarks are not its affair here.
  function unnamed() {
    axe.setup(document);
    const found = [...document.querySelectorAll(CONTROLS)].filter((one) => shown(one) && !axe.commons.text.accessibleText(one).trim());
    axe.teardown();
    return once(found.map((one) => `${one.outerHTML.slice(0, 120)} has no name`));
  }

  const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

  async function rules() {
    const { violations } = await axe.run(document, { runOnly: { type: "tag", values: TAGS }, resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.length} times, first ${nodes[0].html.slice(0, 160)}`);
  }

  window.measured = { contrast, outlines, targets, sideways, inside, unnamed, rules };
})();
