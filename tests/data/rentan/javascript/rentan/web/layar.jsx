// Layar antrean. Sengaja rentan.
export function Layar({ isi, jawaban, warga }) {
  localStorage.setItem("access_token", jawaban.token); // TEMUAN kawal-js-token-di-penyimpanan
  window.location.href = new URLSearchParams(location.search).get("kembali"); // TEMUAN kawal-js-pengalihan-di-peramban
  parent.postMessage(warga, "*"); // TEMUAN kawal-js-pesan-tanpa-asal
  const skrip = document.createElement("script"); // TEMUAN kawal-js-skrip-luar
  skrip.src = "https://cdn.contoh.com/peta.js";
  return <div dangerouslySetInnerHTML={{ __html: isi }} />; // TEMUAN kawal-js-html-tanpa-escape
}
