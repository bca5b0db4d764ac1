const judul: string = new URLSearchParams(window.location.search).get("judul") as string;
(document.getElementById("judul") as HTMLElement).textContent = judul;
const token = crypto.randomUUID();
