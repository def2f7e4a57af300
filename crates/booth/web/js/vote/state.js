// What the voter's page knows, in one place. Code, credential and prepared ballot live in the module's memory, not here.

export const state = {
  /** election id */
  election: "",
  /** the board up to its opening, judged on this device */
  board: undefined,
  /** makes the ballot */
  device: undefined,
  /** the ballot paper */
  paper: undefined,
  /** what the server says about the election */
  status: undefined,
  /** what the server keeps of a voter, as it says */
  privacy: undefined,
  /** from the letter's link: its code */
  code: "",
  /** from the mail's link: what releases the server's half, once */
  token: "",
  /** what the server released: {half, key} */
  released: undefined,
  /** public key of the voter's line */
  key: "",
  /** whether a vote of this line is in the box */
  voted: false,
  /** tracker of that vote */
  accepted: undefined,
  /** one {blank, values} per question */
  answers: [],
  /** the question on show, from 0 */
  question: 0,
  /** tracker of the prepared ballot */
  tracker: "",
};

/** The answers as the module takes them: which are blank, and the numbers of all options. */
export const flat = () => [
  Uint8Array.from(state.answers, ({ blank }) => Number(blank)),
  Uint32Array.from(state.answers.flatMap(({ values }) => values)),
];

/** Empty answers to every question. */
export function clearAnswers() {
  state.answers = state.paper.questions.map(({ options }) => ({ blank: false, values: options.map(() => 0) }));
  state.question = 0;
}
