// A few words side by side of which some are chosen.

interface Props<T extends string> {
  label: string;
  options: readonly T[];
  isChosen: (option: T) => boolean;
  choose: (option: T) => void;
}

export function Choice<T extends string>({ label, options, isChosen, choose }: Props<T>) {
  return (
    <span class="choice" role="group" aria-label={label}>
      {options.map((option) => (
        <button type="button" key={option} aria-pressed={isChosen(option)} onClick={() => choose(option)}>{option}</button>
      ))}
    </span>
  );
}
