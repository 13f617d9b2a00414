/** Gives an address on by whatever the device has for it; true where it lies in the clipboard instead. */
export async function share(title: string, url: string): Promise<boolean> {
  try {
    if ("share" in navigator) await navigator.share({ title, url });
    else {
      await (navigator as Navigator).clipboard.writeText(url);
      return true;
    }
  } catch {
    // Whoever closes the sheet shares nothing, and knows it.
  }
  return false;
}
