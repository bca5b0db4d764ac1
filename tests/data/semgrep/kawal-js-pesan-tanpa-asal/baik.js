bingkai.contentWindow.postMessage(isi, "https://layanan.contoh.go.id");
window.addEventListener("message", (pesan) => {
  if (pesan.origin !== "https://layanan.contoh.go.id") return;
  simpan(pesan.data);
});
window.addEventListener("message", terimaPesan);
