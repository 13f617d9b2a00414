import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import type { Membership } from "@/shared/api/contract";
import { meQuery } from "@/shared/api/me";

const KEY = "arenapulse.organization";

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export interface OwnOrganizations {
  all: Membership[];
  /** The one that is looked at: of the address, else the last one, else the first. */
  current: Membership | undefined;
  choose: (organizationId: string) => void;
  isPending: boolean;
  error: unknown;
  retry: () => void;
}

export function useOrganizations(): OwnOrganizations {
  const me = useQuery(meQuery);
  const [address, setAddress] = useSearchParams();
  const { organizationId: ofPath } = useParams();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const all = me.data?.memberships ?? [];
  const wanted = ofPath ?? address.get("organization") ?? remembered();
  return {
    all,
    current: all.find(({ organizationId }) => organizationId === wanted) ?? all[0],
    choose: (organizationId) => {
      try {
        localStorage.setItem(KEY, organizationId);
      } catch {
        // Without storage the address says it.
      }
      if (ofPath === undefined) setAddress({ organization: organizationId });
      else void navigate(pathname.replace(ofPath, organizationId));
    },
    isPending: me.isPending,
    error: me.error,
    retry: () => void me.refetch(),
  };
}

const RANK = { STAFF: 0, ANALYST: 1, MANAGER: 2, OWNER: 3 } as const;

export const isManager = (membership: Membership | undefined): boolean =>
  membership !== undefined && RANK[membership.role] >= RANK.MANAGER;
