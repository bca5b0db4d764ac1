eval(rumus); // TEMUAN
const f = new Function("a", isi); // TEMUAN
setTimeout("kirim(" + nomor + ")", 100); // TEMUAN
