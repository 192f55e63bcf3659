// A command with a button that copies it.
import { useState } from "preact/hooks";

export function Command({ text, label = "Copy" }: { text: string; label?: string }) {
  const [said, say] = useState(label);
  const copy = async () => {
    say((await navigator.clipboard?.writeText(text).then(() => true, () => false)) ? "Copied" : "Select it");
    setTimeout(() => say(label), 1500);
  };
  return (
    <div class="command">
      <pre tabIndex={0}>{text}</pre>
      <button type="button" onClick={() => void copy()}>{said}</button>
    </div>
  );
}
