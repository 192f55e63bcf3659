// Requests to the operator API. What is for operators may ask for their token; it is kept for as
// long as the tab is open.

const TOKEN_KEY = "shoal-operator-token";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    private readonly hadToken = false,
  ) {
    super(message);
  }
  /** The server has a token, and this page did not show it. */
  get asksForToken(): boolean {
    return this.status === 401;
  }
  /** It showed another. */
  get wasTokenWrong(): boolean {
    return this.asksForToken && this.hadToken;
  }
}

export const setToken = (token: string): void => sessionStorage.setItem(TOKEN_KEY, token);

/** So that a wrong one is told once, not on each page that is opened then. */
function forget(token: string): void {
  if (sessionStorage.getItem(TOKEN_KEY) === token) sessionStorage.removeItem(TOKEN_KEY);
}

export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = {};
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new ApiError(0, "no_contact", "The server does not answer.");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  if (token && response.status === 401) forget(token);
  const error = (answer as { error?: { code?: string; message?: string } } | null)?.error;
  throw new ApiError(response.status, error?.code ?? "", error?.message ?? `HTTP status ${response.status}`, Boolean(token));
}

export const getJson = <T>(path: string): Promise<T> => request<T>("GET", path);
