// Layar antrean, sudah diperbaiki.
export function Layar({ isi, warga }) {
  window.location.href = "/beranda";
  parent.postMessage(warga, "https://layanan.contoh.go.id");
  const skrip = document.createElement("script");
  skrip.integrity = "sha384-abc";
  skrip.src = "https://cdn.contoh.com/peta.js";
  return <div>{isi}</div>;
}
