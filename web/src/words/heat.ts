// How strong a cell of the similarity map is: nothing at 0 and below, all at 1.

export const heatOf = (cosine: number): number => (Number.isFinite(cosine) ? Math.min(1, Math.max(0, cosine)) : 0);

/** With two digits and a minus sign that is one. */
export const cosineText = (cosine: number): string => (cosine <= -0.005 ? `−${(-cosine).toFixed(2)}` : Math.abs(cosine).toFixed(2));
