import { useTranslation } from "react-i18next";
import { Link } from "react-router";

/** Whoever bought with an e-mail and a name has an account and no password: the mailbox shows that it is theirs. */
export function NoPassword({ email }: { email: string }) {
  const { t } = useTranslation();
  return (
    <p className="s13 muted">
      {t("account.password.none")}{" "}
      <Link className="link" to={`/forgot?email=${encodeURIComponent(email)}`}>
        {t("account.password.choose")}
      </Link>
    </p>
  );
}
