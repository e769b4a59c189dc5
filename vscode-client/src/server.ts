import type { Run } from "./run";

/** The arguments that make a suitable Python the language server. */
// Python would put the workspace at the head of its module path, where a user's own random.py or
// queue.py would replace the library's; -P (3.11 and newer) leaves it out.
export const SERVER_ARGUMENTS: readonly string[] = ["-P", "-m", "kerascope", "server"];

export const OLDEST_PYTHON: readonly [number, number] = [3, 11];

export type Origin = "setting" | "python-extension" | "search-path";

export interface Candidate {
  command: string;
  origin: Origin;
}

export interface Interpreter extends Candidate {
  /** The version of Python, such as 3.12.1. */
  python: string;
  /** The version of the kerascope package found in it. */
  kerascope: string;
}

export interface Rejection extends Candidate {
  problem: string;
}

export interface Choice {
  interpreter?: Interpreter;
  rejected: Rejection[];
}

/**
 * Where a Python may come from, best first. A setting is a decision: when it does not work the user
 * should hear of it, and not get another Python in silence.
 */
export function candidates(
  setting: string | undefined,
  activeEnvironment: string | undefined,
  platform: NodeJS.Platform = process.platform,
): Candidate[] {
  if (setting !== undefined) {
    return [{ command: setting, origin: "setting" }];
  }
  // On Windows `python3` is often a stub that opens the Microsoft Store, so it comes last there.
  const names = platform === "win32" ? ["python", "python3"] : ["python3", "python"];
  const onPath = names.map((command): Candidate => ({ command, origin: "search-path" }));
  return activeEnvironment === undefined
    ? onPath
    : [{ command: activeEnvironment, origin: "python-extension" }, ...onPath];
}

/** The first candidate that can run the server, and what was wrong with those before it. */
export async function chooseInterpreter(from: readonly Candidate[], run: Run): Promise<Choice> {
  const rejected: Rejection[] = [];
  for (const candidate of from) {
    const answer = await examine(candidate, run);
    if (!("problem" in answer)) {
      return { interpreter: answer, rejected };
    }
    rejected.push(answer);
  }
  return { rejected };
}

/** One sentence for a notification that says what is missing and what to do about it. */
export function explain(rejected: readonly Rejection[]): string {
  const [first] = rejected;
  if (first?.origin === "setting") {
    return `Kerascope cannot run its server with ${first.command} from the setting kerascope.interpreter: ${first.problem}.`;
  }
  const wanted = `Python ${OLDEST_PYTHON.join(".")} or newer in which kerascope is installed (pip install kerascope)`;
  const almost = rejected.find((rejection) => rejection.problem === NOT_INSTALLED);
  const nearest = almost === undefined ? "" : ` ${almost.command} would do, but kerascope is not installed in it.`;
  return `Kerascope found no ${wanted}.${nearest}`;
}

export const NOT_INSTALLED = "kerascope is not installed in it";

// The program also has to run on a Python that is too old to import kerascope, so that the message
// can say so; hence no syntax newer than 2.7.
const QUESTION = [
  "import json, sys",
  "answer = {'python': list(sys.version_info[:3]), 'kerascope': None, 'missing': False, 'error': None}",
  "try:",
  "    import kerascope",
  "    answer['kerascope'] = kerascope.__version__",
  "except Exception as error:",
  "    answer['missing'] = getattr(error, 'name', None) == 'kerascope'",
  "    answer['error'] = '%s: %s' % (type(error).__name__, error)",
  "print(json.dumps(answer))",
].join("\n");

interface Answer {
  python: number[];
  kerascope: string | null;
  missing: boolean;
  error: string | null;
}

async function examine(candidate: Candidate, run: Run): Promise<Interpreter | Rejection> {
  const { stdout, stderr, failure } = await run(candidate.command, ["-c", QUESTION]);
  const answer = parse(stdout);
  if (failure !== undefined || answer === undefined) {
    const said = stderr.trim().split("\n").pop();
    const problem = failure ?? "it does not answer like a Python interpreter";
    return { ...candidate, problem: said ? `${problem} (${said})` : problem };
  }
  const python = answer.python.join(".");
  if (isOlder(answer.python, OLDEST_PYTHON)) {
    return { ...candidate, problem: `it is Python ${python}, and ${OLDEST_PYTHON.join(".")} or newer is needed` };
  }
  if (answer.kerascope === null) {
    const problem = answer.missing ? NOT_INSTALLED : `kerascope cannot be imported in it (${answer.error})`;
    return { ...candidate, problem };
  }
  return { ...candidate, python, kerascope: answer.kerascope };
}

function parse(stdout: string): Answer | undefined {
  // A sitecustomize may print lines of its own before ours.
  const line = stdout.trim().split("\n").pop() ?? "";
  try {
    const answer = JSON.parse(line) as Partial<Answer> | null;
    return Array.isArray(answer?.python) ? (answer as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function isOlder(version: readonly number[], wanted: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version;
  return major < wanted[0] || (major === wanted[0] && minor < wanted[1]);
}
