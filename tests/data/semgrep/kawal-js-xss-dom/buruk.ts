const cari: string = new URLSearchParams(window.location.search).get("cari") as string;
(document.getElementById("hasil") as HTMLElement).innerHTML = cari; // TEMUAN
