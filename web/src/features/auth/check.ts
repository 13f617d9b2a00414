export type FieldErrors<Name extends string> = Partial<Record<Name, string>>;

// What can be said without the server. Breached passwords and taken e-mails only the server knows.
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

export function checkEmail(email: string): string | undefined {
  if (email === "") return "auth.check.emailMissing";
  return /^\S+@\S+\.\S+$/.test(email) ? undefined : "auth.check.emailShape";
}

export function checkNewPassword(password: string): string | undefined {
  if (password.length < PASSWORD_MIN) return "auth.check.passwordShort";
  return password.length > PASSWORD_MAX ? "auth.check.passwordLong" : undefined;
}

export const checkName = (name: string): string | undefined =>
  name.trim() === "" ? "auth.check.nameMissing" : undefined;
