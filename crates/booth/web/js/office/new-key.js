// How a seat gets its key: made, saved, and opened again from where it was saved, before it is used.
import { fromBase64url, saveFile } from "./bytes.js";
import { field, h, tick } from "./build.js";
import { Refused } from "./desk.js";
import { aside, button, p, task } from "./forms.js";
import { holdOn } from "./keep.js";
import { say } from "../words.js";

/** The fields by which a key file is opened, and its contents. */
export function keyFields(file) {
  const chosen = field({ label: say("office.file", { file }), name: "file", type: "file" });
  const passphrase = field({
    label: say("office.passphrase"),
    name: "passphrase",
    type: "password",
    autocomplete: "current-password",
  });
  return {
    elements: [chosen.element, passphrase.element],
    read: async () => {
      const [one] = chosen.input.files;
      if (!one) throw new Refused({ code: "file-none" });
      if (passphrase.input.value === "") throw new Refused({ code: "passphrase-none" });
      return [new Uint8Array(await one.arrayBuffer()), passphrase.input.value];
    },
  };
}

/** A field for a passphrase that is made up. */
function newPassphrase() {
  const passphrase = field({
    label: say("office.make.passphrase"),
    help: say("office.make.help"),
    name: "passphrase",
    type: "password",
    autocomplete: "new-password",
  });
  const visible = tick({ label: say("office.make.visible"), name: "visible" });
  visible.input.addEventListener("change", () => {
    passphrase.input.type = visible.input.checked ? "text" : "password";
  });
  return { elements: [passphrase.element, visible.element], input: passphrase.input };
}

/**
 * The three screens.
 * @param {object} page
 * @param {string} page.file name of the key file
 * @param {(screen: object) => void} page.show
 * @param {() => (Node | null)[]} page.welcome what stands above the passphrase
 * @param {string} page.title key of the first heading
 * @param {(passphrase: string) => Promise<{file: string}>} page.make makes the key
 * @param {(file: Uint8Array, passphrase: string) => Promise<void>} page.prove opens the saved file and takes the seat
 */
export function newKey(page) {
  let made = null;
  const save = () => saveFile(page.file, fromBase64url(made.file));

  const screens = {
    make() {
      const passphrase = newPassphrase();
      const work = async () => {
        made = await page.make(passphrase.input.value);
        await holdOn();
        screens.save();
      };
      page.show({
        id: "make",
        title: say(page.title),
        body: [
          ...page.welcome(),
          p("office.make.here"),
          task("office.make.button", passphrase.elements, work),
          aside("office.make.have", p("office.make.have.text"), button("office.make.have.button", screens.prove)),
        ],
      });
    },

    save() {
      const work = async () => {
        save();
        screens.prove();
      };
      page.show({
        id: "save",
        title: say("office.save.title"),
        body: [p("office.save.where"), p("office.save.paper"), task("office.save.button", [], work)],
      });
    },

    prove() {
      const fields = keyFields(page.file);
      const work = async () => {
        await page.prove(...(await fields.read()));
        made = null;
      };
      const buttons = [button("office.save.again", save), " ", button("office.prove.anew", screens.make)];
      page.show({
        id: "prove",
        title: say("office.prove.title"),
        body: [
          p("office.prove.why"),
          task("office.prove.button", fields.elements, work),
          made && aside("office.prove.trouble", p("office.prove.trouble.text"), h("p", {}, ...buttons)),
        ],
      });
    },
  };
  return screens;
}
