// How alike texts are: a table whose cells are the stronger the closer.
import { cosineText, heatOf } from "../words/heat";

const MANY = 12; // then cells are smaller

export function HeatMap({ texts, tokens, similarity }: { texts: readonly string[]; tokens: readonly number[]; similarity: readonly number[][] }) {
  return (
    <div class="scroll heat-box" tabIndex={0} role="region" aria-label="Similarity of the texts">
      <table class={texts.length > MANY ? "heat many" : "heat"}>
        <thead>
          <tr>
            <th scope="col">Text</th>
            <th scope="col" class="r">Tokens</th>
            {texts.map((text, column) => <th scope="col" title={text}>{column + 1}</th>)}
          </tr>
        </thead>
        <tbody>
          {texts.map((text, row) => (
            <tr>
              <th scope="row" title={text}><span class="heat-text"><span class="muted">{row + 1}</span> {text}</span></th>
              <td class="r">{tokens[row]}</td>
              {texts.map((_, column) => {
                const cosine = similarity[row]?.[column] ?? NaN;
                return <td class={row === column ? "cell self" : "cell"} style={{ "--heat": heatOf(cosine).toFixed(3) }}>{cosineText(cosine)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
