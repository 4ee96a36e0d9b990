/** Asking the user before something that should not happen on a model's word alone. */
import { createHash, randomBytes } from "node:crypto";
import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { GraphError } from "../errors.ts";

/** What the user is asked. */
export interface Approval {
  /** What will happen, where and to what; never a secret. */
  readonly question: string;
}

const KEY = "approval";

/** An answer is bound to the call it was asked for, so that it cannot be used for another. */
export const approvalState = createRequestStateCodec<{ call: string }>({ key: randomBytes(32) });

/** The call that a user is asked about. */
export interface ApprovalCall {
  readonly tool: string;
  readonly given: unknown;
  readonly server: McpServer;
  readonly call: ServerContext;
  /** Whether the server was started so that it need not ask where it cannot. */
  readonly isAllowed: boolean;
}

/**
 * Returns undefined when the user agreed, or when the server may go on without; a question to send when the
 * user has to be asked first. Throws PERMISSION_DENIED when the user refused or cannot be asked.
 */
export async function askApproval(
  { question }: Approval,
  { tool, given, server, call, isAllowed }: ApprovalCall,
): Promise<InputRequiredResult | undefined> {
  if (!canAsk(server, call)) {
    if (isAllowed) return undefined;
    throw new GraphError(
      "PERMISSION_DENIED",
      `${tool} needs the user's consent, and this client cannot ask for it (have the user start the server with --allow-migrations)`,
    );
  }
  const digest = createHash("sha256").update(JSON.stringify([tool, given])).digest("base64url");
  const answer = inputResponse(call.mcpReq.inputResponses, KEY);
  const asked = call.mcpReq.requestState<{ call: string }>();
  if (answer.kind === "elicit" && asked?.call === digest) {
    if (answer.action === "accept" && answer.content?.confirm === true) return undefined;
    throw new GraphError(
      "PERMISSION_DENIED",
      `The user did not agree to ${tool} (do not try it again unasked)`,
    );
  }
  return inputRequired({
    inputRequests: {
      [KEY]: inputRequired.elicit({
        message: question,
        requestedSchema: {
          type: "object",
          properties: { confirm: { type: "boolean", title: "Go ahead", description: question } },
          required: ["confirm"],
        },
      }),
    },
    requestState: await approvalState.mint({ call: digest }),
  });
}

function canAsk(server: McpServer, call: ServerContext): boolean {
  const envelope = call.mcpReq.envelope as Record<string, unknown> | undefined;
  const capabilities = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? server.server.getClientCapabilities();
  const { elicitation } = (capabilities ?? {}) as { elicitation?: { form?: unknown; url?: unknown } };
  // A client that lists no kinds is from before there were kinds, and shows forms.
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
