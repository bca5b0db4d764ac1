const a = crypto.createCipher("aes192", kunci); // TEMUAN
const b = crypto.createCipheriv("des-ede3-cbc", kunci, iv); // TEMUAN
const c = crypto.createCipheriv("aes-128-ecb", kunci, null); // TEMUAN
const d = CryptoJS.DES.encrypt(teks, kunci); // TEMUAN
